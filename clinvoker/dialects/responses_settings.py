"""
How a response is to be made, as clients say it in a Responses request: `text` and `reasoning`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from clinvoker.dialects.checks import missing
from clinvoker.dialects.output_format import WireSchema, satisfying
from clinvoker.dialects.parameters import Effort, Verbosity
from clinvoker.errors import UnsupportedParameter
from clinvoker.model import Output

Summary = Literal["auto", "concise", "detailed"]

_FORMAT = "text.format"


class WireFormat(WireSchema, omit_defaults=True, kw_only=True):
    type: str | None = None


class WireText(msgspec.Struct, omit_defaults=True):
    format: WireFormat | None = None
    verbosity: Verbosity | None = None


class WireReasoning(msgspec.Struct):
    """What the model thinks is told whenever the program tells it, whatever is said of the summary."""

    effort: Effort | None = None
    summary: Summary | None = None
    generate_summary: Summary | None = None


def read_format(wire: WireText | None) -> Output:
    """What the answer's text must be.  Raises `BadRequest`, `UnsupportedParameter`."""
    asked = wire.format if wire else None
    if asked is None or asked.type == "text":
        return Output()
    if asked.type == "json_object":
        return Output(kind="json_object")
    if asked.type == "json_schema":
        if asked.schema is None:
            raise missing(f"{_FORMAT}.schema")
        return satisfying(asked, _FORMAT)
    place = f"{_FORMAT}.type"
    if asked.type is None:
        raise missing(place)
    raise UnsupportedParameter(f"{_FORMAT!r} has type text, json_object or json_schema.", place)
