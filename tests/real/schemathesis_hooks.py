"""
What schemathesis is told besides the document: the only backend that its daemon has.

Of the bodies that it makes, half are sent as they are: those that name no backend that is there must be
refused well.
"""

from __future__ import annotations

from typing import Any

import schemathesis

BACKEND = "demo"
NESTED = ("tasks", "steps")


def _answerable(body: Any) -> Any:
    """The same body, with a backend that is there."""
    if not isinstance(body, dict):
        return body
    named = {name: BACKEND for name in ("backend", "model") if isinstance(body.get(name), str)}
    if "backend" in named:
        named.pop("model", None)
    if isinstance(body.get("backends"), list) and body["backends"]:
        named["backends"] = [BACKEND]
    nested = {
        name: [_answerable(each) for each in body[name]]
        for name in NESTED
        if isinstance(body.get(name), list)
    }
    plain = {name: value for name, value in body.items() if name not in ("extra", "workdir", "mode")}
    return {**plain, **named, **nested}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Every other body, by its size."""
    return _answerable(body) if len(repr(body)) % 2 else body
