"""
The `response_format` of a chat request.
"""

from __future__ import annotations

import msgspec

from clinvoker.dialects.checks import missing
from clinvoker.dialects.output_format import WireSchema, satisfying
from clinvoker.errors import UnsupportedParameter
from clinvoker.model import Output

_SCHEMA = "response_format.json_schema"


class WireFormat(msgspec.Struct):
    type: str | None = None
    json_schema: WireSchema | None = None


def read_format(wire: WireFormat | None) -> Output:
    """What the answer's text must be.  Raises `BadRequest`, `UnsupportedParameter`."""
    if wire is None or wire.type == "text":
        return Output()
    if wire.type == "json_object":
        return Output(kind="json_object")
    if wire.type == "json_schema":
        if wire.json_schema is None:
            raise missing(_SCHEMA)
        return satisfying(wire.json_schema, _SCHEMA)
    place = "response_format.type"
    if wire.type is None:
        raise missing(place)
    raise UnsupportedParameter("'response_format' has type text, json_object or json_schema.", place)
