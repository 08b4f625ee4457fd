"""
What an answer's text must be and where it ends, in whichever format that was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from clinvoker.dialects.checks import checked_name
from clinvoker.dialects.json_schemas import object_schema
from clinvoker.errors import BadRequest
from clinvoker.model import Output

MOST_STOPS = 4


class WireSchema(msgspec.Struct):
    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


def satisfying(wire: WireSchema, at: str) -> Output:
    """JSON that satisfies a schema; some object where there is none.  Raises `BadRequest`."""
    name = checked_name(wire.name, f"{at}.name")
    if wire.schema is None:
        return Output(kind="json_object", name=name)
    described = {"description": wire.description} if wire.description else {}
    schema = object_schema({**described, **wire.schema}, f"{at}.schema")
    return Output(kind="json_schema", name=name, schema=schema)


def read_stop(wire: str | Sequence[str] | None) -> tuple[str, ...]:
    """The texts at which the answer ends.  Raises `BadRequest`."""
    stops = (wire,) if isinstance(wire, str) else tuple(wire or ())
    if len(stops) > MOST_STOPS:
        raise BadRequest(f"Invalid value for 'stop': at most {MOST_STOPS} are taken.", "stop")
    if not all(stops):
        raise BadRequest("Invalid value for 'stop': a stop sequence must not be empty.", "stop")
    return tuple(dict.fromkeys(stops))
