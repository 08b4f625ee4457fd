"""
How a chat answer is to be made: `response_format`, `stop`, and what goes into `Sampling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from clinvoker.dialects.checks import checked_name, missing
from clinvoker.dialects.json_schemas import object_schema
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Output

MOST_STOPS = 4

_SCHEMA = "response_format.json_schema"


class WireSchema(msgspec.Struct):
    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


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
        return _satisfying(wire.json_schema)
    place = "response_format.type"
    if wire.type is None:
        raise missing(place)
    raise UnsupportedParameter("'response_format' has type text, json_object or json_schema.", place)


def _satisfying(wire: WireSchema | None) -> Output:
    if wire is None:
        raise missing(_SCHEMA)
    name = checked_name(wire.name, f"{_SCHEMA}.name")
    if wire.schema is None:
        return Output(kind="json_object", name=name)
    described = {"description": wire.description} if wire.description else {}
    schema = object_schema({**described, **wire.schema}, f"{_SCHEMA}.schema")
    return Output(kind="json_schema", name=name, schema=schema)


def read_stop(wire: str | Sequence[str] | None) -> tuple[str, ...]:
    """The texts at which the answer ends.  Raises `BadRequest`."""
    stops = (wire,) if isinstance(wire, str) else tuple(wire or ())
    if len(stops) > MOST_STOPS:
        raise BadRequest(f"Invalid value for 'stop': at most {MOST_STOPS} are taken.", "stop")
    if not all(stops):
        raise BadRequest("Invalid value for 'stop': a stop sequence must not be empty.", "stop")
    return tuple(dict.fromkeys(stops))
