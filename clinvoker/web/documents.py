"""
The API's own description: as a document for programs, as a page for people.

The document is made when it is first asked for, of the very routes that are served.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from clinvoker.dialects.described import UNLOCKED, Content, Errors, Operation
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.dialects.openapi import Entry, document, schema
from clinvoker.dialects.openapi_page import page
from clinvoker.errors import NotFound
from clinvoker.web.request import ApiRequest
from clinvoker.web.table import Route

TAG = "Description"
JSON = b"application/vnd.oai.openapi+json"
PLAIN = b"application/json"
YAML = b"application/vnd.oai.openapi"
HTML = b"text/html; charset=utf-8"

# The page has no script, and what it shows is nobody's to frame.
POLICY = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def _told(name: str, summary: str, media: bytes, errors: tuple[int, ...] = UNLOCKED) -> Operation:
    return Operation(
        name=name,
        summary=summary,
        tag=TAG,
        answers={200: (Content(None, media.decode()),)},
        errors=Errors(Content(ErrorBody), errors),
        open=True,
    )


class Documents:
    """Answers from the table of routes, which `entries` gives."""

    def __init__(self, entries: Callable[[], Sequence[Entry]], version: str) -> None:
        self._entries = entries
        self._version = version
        self._document: dict[str, Any] | None = None
        self._made: dict[bytes, bytes] = {}  # by type: to write it anew each time would hold up others

    def routes(self) -> Sequence[Route]:
        """What there is."""
        told = "The OpenAPI document."
        one = _told("getSchema", "One schema of it.", b"application/schema+json", (*UNLOCKED, 404))
        return (
            Route("GET", "/openapi.json", self.json, _told("getOpenApi", told, JSON)),
            Route("GET", "/openapi.yaml", self.yaml, _told("getOpenApiYaml", told, YAML)),
            Route("GET", "/schemas", self.index, _told("listSchemas", "Where each schema of it is.", PLAIN)),
            Route("GET", "/schemas/<name>.json", self.schema, one),
            Route("GET", "/docs", self.page, _told("getDocs", "The same, for people.", HTML)),
        )

    def json(self, request: ApiRequest) -> bytes:
        """The document."""
        return self._once(request, JSON, msgspec.json.encode)

    def yaml(self, request: ApiRequest) -> bytes:
        """The document, easier to read."""
        return self._once(request, YAML, msgspec.yaml.encode)

    def index(self, request: ApiRequest) -> bytes:
        """Where the schemas are, by their names."""
        found = {name: f"/schemas/{name}.json" for name in self._whole()["components"]["schemas"]}
        return request.json_answer(msgspec.json.encode({"schemas": found}))

    def schema(self, request: ApiRequest, name: str) -> bytes:
        """One schema."""
        found = schema(self._whole(), name)
        if found is None:
            raise NotFound(f"There is no schema {name[:100]!r}.")
        return request.answered(msgspec.json.encode(found), b"application/schema+json")

    def page(self, request: ApiRequest) -> bytes:
        """The document as a page: no script, and nothing is fetched."""
        request.setHeader(b"content-security-policy", POLICY)
        return self._once(request, HTML, lambda whole: page(whole).encode())

    def _once(self, request: ApiRequest, media: bytes, make: Callable[[dict[str, Any]], bytes]) -> bytes:
        """The document in one form, which is made once."""
        if media not in self._made:
            self._made[media] = make(self._whole())
        return request.answered(self._made[media], media)

    def _whole(self) -> dict[str, Any]:
        if self._document is None:
            self._document = document(self._entries(), self._version)
        return self._document
