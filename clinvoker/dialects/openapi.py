"""
The OpenAPI document (3.1), made from the types that check requests and write answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from clinvoker.dialects.described import Content, Operation

# A method, a path as the router has it (`/models/<path:name>`), and what is there.
Entry = tuple[str, str, Operation]
Json = dict[str, Any]

ITEMS = "x-itemSchema"  # of a stream; OpenAPI 3.2 calls it itemSchema

# Of statuses that are not HTTP's own.
_PHRASES: Mapping[int, str] = {529: "Overloaded"}

_HOLE = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_IN_DOCUMENT = "#/components/schemas/{name}"


def document(entries: Sequence[Entry], version: str) -> Json:
    """The whole document."""
    kinds = [*_kinds(operation for _, _, operation in entries)]
    refs, components = msgspec.json.schema_components(kinds, ref_template=_IN_DOCUMENT)
    schemas = dict(zip(kinds, refs, strict=True))
    _require(components, entries, schemas)
    paths: dict[str, Json] = {}
    for method, path, operation in entries:
        place = paths.setdefault(_HOLE.sub(r"{\1}", path), {})
        place[method.lower()] = _operation(path, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "clinvoker",
            "version": version,
            "description": "AI command-line programs as an HTTP API.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _KEYS},
        "security": [{name: []} for name in (*_KEYS,)] + [{}],  # without a configured key none is needed
    }


def schema(whole: Mapping[str, Any], name: str) -> Json | None:
    """One schema of a document as a document of its own; None if there is none of that name."""
    found = whole["components"]["schemas"].get(name)
    if found is None:
        return None
    text = msgspec.json.encode(found).decode().replace("#/components/schemas/", "/schemas/")
    text = re.sub(r'("\$ref":"/schemas/[^"]+)"', r'\1.json"', text)
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"/schemas/{name}.json"}
    return {**about, **msgspec.json.decode(text)}


_KEYS: Mapping[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}


def _kinds(operations: Iterable[Operation]) -> Iterator[Any]:
    """Every type that is spoken of, once."""
    seen: list[Any] = []
    for operation in operations:
        contents = [content for group in operation.answers.values() for content in group]
        if operation.errors is not None:
            contents.append(operation.errors.content)
        told = [kind for content in contents for kind in content.types]
        for kind in told if operation.asks is None else (operation.asks, *told):
            if kind not in seen:
                seen.append(kind)
                yield kind


def _require(components: Mapping[str, Json], entries: Sequence[Entry], schemas: Mapping[Any, Json]) -> None:
    """Say what must be there, though the type lets it be missing to complain of it by itself."""
    for _, _, operation in entries:
        if operation.required:
            component = components[schemas[operation.asks]["$ref"].rpartition("/")[2]]
            component["required"] = [*operation.required]


def _operation(path: str, operation: Operation, schemas: Mapping[Any, Json]) -> Json:
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {f"{status}": told for status, told in _responses(operation, schemas)},
    }
    if parameters := [*_parameters(path, operation.query)]:
        told["parameters"] = parameters
    if operation.asks is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[operation.asks]}},
        }
    return {**told, "security": []} if operation.open else told


def _responses(operation: Operation, schemas: Mapping[Any, Json]) -> Iterator[tuple[int, Json]]:
    for status, contents in operation.answers.items():
        yield status, _response(status, contents, schemas)
    for status in operation.errors.statuses if operation.errors else ():
        if status not in operation.answers:
            assert operation.errors is not None
            yield status, _response(status, (operation.errors.content,), schemas)


def _response(status: int, contents: Sequence[Content], schemas: Mapping[Any, Json]) -> Json:
    media = {content.media: _media(content, schemas) for content in contents}
    return {
        "description": _PHRASES.get(status) or HTTPStatus(status).phrase,
        **({"content": media} if media else {}),
    }


def _media(content: Content, schemas: Mapping[Any, Json]) -> Json:
    kinds = [schemas[kind] for kind in content.types]
    if not kinds:
        return {"schema": {} if content.media.endswith("json") else {"type": "string"}}
    told = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return {"schema": {"type": "string"}, ITEMS: told} if content.many else {"schema": told}


def _parameters(path: str, query: Any) -> Iterator[Json]:
    for name in _HOLE.findall(path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    if query is not None:
        _, components = msgspec.json.schema_components([query])
        [fields] = components.values()
        for name, told in fields["properties"].items():
            yield {"name": name, "in": "query", "required": False, "schema": told}
