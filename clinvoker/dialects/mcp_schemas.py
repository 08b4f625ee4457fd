"""
The schemas of tools, made of the types that check requests and write answers.

Made plain, since not every client takes all of JSON schema: without references, without `null`, which equals
absence anyway, and without the fields that mean nothing to a tool.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

Json = dict[str, Any]

# What says how an HTTP answer is written.
MEANINGLESS = frozenset({"$schema", "stream", "output_format", "verbose"})


def plain_schema(kind: type, about: Mapping[str, str] = {}, without: Collection[str] = ()) -> Json:
    """The schema of an object; `about` are descriptions of fields by their names."""
    [reference], components = msgspec.json.schema_components([kind], ref_template="{name}")
    made = _plain(components[reference["$ref"]], components, about, without)
    assert isinstance(made, dict)
    return made


def _plain(
    node: Any, components: Mapping[str, Json], about: Mapping[str, str], without: Collection[str]
) -> Any:
    """The same schema with what it refers to in its place.  No type of ours refers to itself."""
    if isinstance(node, list):
        return [_plain(each, components, about, without) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(components[node["$ref"]], components, about, without)
    if "anyOf" in node:
        return _plain(_one_of(node["anyOf"], components), components, about, without)
    made = {
        word: _plain(value, components, about, without)
        for word, value in node.items()
        if word not in ("title", "default", "properties", "enum")
    }
    if "enum" in node:
        made |= {"type": "string", "enum": [value for value in node["enum"] if value != ""]}
    if "properties" in node:
        fields = {name: each for name, each in node["properties"].items() if name not in without}
        made["properties"] = {
            name: _described(_plain(each, components, about, without), about.get(name, ""))
            for name, each in fields.items()
        }
    return made


def _one_of(alternatives: list[Json], components: Mapping[str, Json]) -> Json:
    """What is left of alternatives without null: one, or several lists of words as one."""
    left = [each for each in alternatives if each.get("type") != "null"]
    if len(left) == 1:
        return left[0]
    return {"enum": [word for each in left for word in each["enum"]]}


def _described(schema: Json, about: str) -> Json:
    return {**schema, "description": about} if about else schema
