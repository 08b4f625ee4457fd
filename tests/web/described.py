"""
Answers held against the OpenAPI document: every one that a test of the web brings about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from twisted.internet.task import Clock

from clinvoker.dialects.openapi import ITEMS, document
from clinvoker.testing.runs import MemoryRuns
from clinvoker.web.desk import Desk
from clinvoker.web.request import ApiRequest
from clinvoker.web.routes import Api
from clinvoker.web.settings import WebSettings


@cache
def api() -> Api:
    """All routes, to be looked at and not to be used."""
    nothing: Any = None
    return Api(MemoryRuns(), Desk(nothing, nothing, nothing), WebSettings(), Clock(), lambda: "id")


@cache
def described() -> dict[str, Any]:
    """The document of all routes."""
    return document(api().entries(), "1")


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Each path as a pattern, the longest and then those without holes first: a hole may take slashes."""
    paths = sorted(described()["paths"], key=lambda path: (-path.count("/"), path.count("{")))
    patterns = [re.sub(r"\\\{[a-z_]+\\\}", "(.+)", re.escape(path)) + "/?" for path in paths]
    return [(re.compile(pattern), path) for pattern, path in zip(patterns, paths, strict=True)]


def faults(request: ApiRequest, body: bytes) -> Iterator[str]:
    """What the answer to a request has that the document does not tell."""
    method, place = request.method.decode().lower(), _place(request.path.decode("latin-1"))
    operation = described()["paths"].get(place, {}).get("get" if method == "head" else method)
    if operation is None:  # no such route, or not with this method
        if request.code not in (204, 400, 401, 403, 404, 405, 413, 417, 429, 500, 503):
            yield f"{method} {request.path!r}: {request.code} of no route"
        return
    answer = operation["responses"].get(f"{int(request.code)}")
    if answer is None:
        yield f"{operation['operationId']}: {request.code} is not told"
        return
    if "content" not in answer:
        if body:
            yield f"{operation['operationId']}: {request.code} has a body"
        return
    media = _kind((request.responseHeaders.getRawHeaders(b"content-type") or [b""])[0].decode())
    told = {_kind(name): each for name, each in answer["content"].items()}.get(media)
    if told is None:
        yield f"{operation['operationId']}: {request.code} as {media!r} is not told"
    elif method != "head":
        for value in _values(body, media):
            for fault in _validator(json.dumps(told.get(ITEMS, told["schema"]))).iter_errors(value):
                yield f"{operation['operationId']}: {request.code}: {fault.json_path}: {fault.message}"


def _kind(media: str) -> str:
    return media.partition(";")[0].strip().lower()


def _place(path: str) -> str:
    return next((place for pattern, place in _paths() if pattern.fullmatch(path)), "")


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": described()["components"]})


def _values(body: bytes, media: str) -> list[Any]:
    """The values that an answer holds."""
    if media == "text/event-stream":
        events = re.findall(rb"^data: (.*)$", body, re.MULTILINE)
        return [json.loads(event) for event in events if event != b"[DONE]"]
    if media == "application/x-ndjson":
        return [json.loads(line) for line in body.splitlines() if line.strip()]
    return [json.loads(body)] if media.endswith("json") else [body.decode()]


class DescribedRequest(ApiRequest):
    """Notes what its answer has that the document does not tell, where the site wants to know."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._written.append(data)
        super().write(data)

    def finish(self) -> None:
        self.api.faults.extend(faults(self, b"".join(self._written)))  # type: ignore[attr-defined]
        super().finish()
