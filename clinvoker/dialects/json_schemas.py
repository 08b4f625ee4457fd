"""
JSON schemas that clients send: whether they have the shape of one.

Not whether they make sense: that says the provider.  Every reference must lead to a place in the same
schema, as OpenAI demands too; a validator might else go and fetch what the client names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import msgspec
from msgspec import Meta

from clinvoker.errors import BadRequest

LONGEST_ECHO = 200

Kind = Literal["null", "boolean", "object", "array", "number", "integer", "string"]
Size = Annotated[int, Meta(ge=0)]
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS = ("$anchor", "$dynamicAnchor")

_NAMES = {
    "ref": "$ref",
    "defs": "$defs",
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
    "min_properties": "minProperties",
    "max_properties": "maxProperties",
    "unique_items": "uniqueItems",
    "any_of": "anyOf",
    "all_of": "allOf",
    "one_of": "oneOf",
    "not_": "not",
    "if_": "if",
    "else_": "else",
    "additional_properties": "additionalProperties",
    "pattern_properties": "patternProperties",
    "property_names": "propertyNames",
    "prefix_items": "prefixItems",
}


class Schema(msgspec.Struct, rename=_NAMES):
    """The keywords whose shape a reader of schemas relies on, in any draft from 4 on."""

    type: Kind | list[Kind] | msgspec.UnsetType = msgspec.UNSET
    ref: str = ""
    enum: list[Any] = []
    required: list[str] = []
    pattern: str = ""
    minimum: float = 0
    maximum: float = 0
    exclusive_minimum: float | bool = 0  # a truth value in draft 4
    exclusive_maximum: float | bool = 0
    multiple_of: Annotated[float, Meta(gt=0)] = 1
    min_length: Size = 0
    max_length: Size = 0
    min_items: Size = 0
    max_items: Size = 0
    min_properties: Size = 0
    max_properties: Size = 0
    unique_items: bool = False
    properties: dict[str, Schema | bool] = {}
    pattern_properties: dict[str, Schema | bool] = {}
    additional_properties: Schema | bool = True
    property_names: Schema | bool = True
    items: Schema | bool | list[Schema | bool] = True
    prefix_items: list[Schema | bool] = []
    contains: Schema | bool = True
    any_of: list[Schema | bool] = []
    all_of: list[Schema | bool] = []
    one_of: list[Schema | bool] = []
    not_: Schema | bool = True
    if_: Schema | bool = True
    then: Schema | bool = True
    else_: Schema | bool = True
    defs: dict[str, Schema | bool] = {}
    definitions: dict[str, Schema | bool] = {}


def object_schema(sent: Mapping[str, Any] | None, at: str) -> Mapping[str, Any]:
    """
    A schema of objects; where it does not say so it is made to, and none is that of an object without
    properties.  `at` is its place in the request.

    Raises `BadRequest` with a place at or below `at`.
    """
    schema = {"type": "object", "properties": {}, **(sent or {})}
    if schema["type"] != "object":
        raise BadRequest(f"Invalid value for {at!r}: the schema's 'type' must be 'object'.", at)
    try:
        msgspec.convert(schema, Schema)
    except msgspec.ValidationError as error:
        raise _misfit(str(error), at) from None
    except RecursionError:
        raise BadRequest(f"Invalid value for {at!r}: nested too deeply.", at) from None
    _check_references(schema, at)
    return schema


def _misfit(said: str, at: str) -> BadRequest:
    what, _, path = said.rpartition(" - at `$")
    place = f"{at}{path.split('[...]')[0].rstrip('`')}"
    return BadRequest(f"Invalid schema at {place!r}: {what[:LONGEST_ECHO]}.", place)


def _check_references(schema: Mapping[str, Any], at: str) -> None:
    anchors = {node[word] for node in _nodes(schema) for word in _ANCHORS if isinstance(node.get(word), str)}
    for node in _nodes(schema):
        for word in _REFERENCES:
            reference = node.get(word)
            if isinstance(reference, str) and not _leads_somewhere(reference, schema, anchors):
                raise BadRequest(
                    f"Invalid schema at {at!r}: {word} {reference[:LONGEST_ECHO]!r} does not lead to"
                    " a place in the same schema.",
                    at,
                )


def _nodes(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every object in the schema, what is data in it too: a reference may lead there."""
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _leads_somewhere(reference: str, schema: Mapping[str, Any], anchors: set[str]) -> bool:
    if not reference.startswith("#"):
        return False
    place = unquote(reference[1:])
    if not place.startswith("/"):
        return not place or place in anchors
    node: Any = schema
    for word in place[1:].split("/"):
        node = _child(node, word.replace("~1", "/").replace("~0", "~"))
    return isinstance(node, Mapping | bool)


def _child(node: Any, word: str) -> Any:
    """What a pointer's word leads to; None where nothing is."""
    if isinstance(node, list):
        return node[int(word)] if word.isascii() and word.isdigit() and int(word) < len(node) else None
    return node.get(word) if isinstance(node, Mapping) else None
