"""
The messages of the Model Context Protocol: JSON-RPC 2.0, read and written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
UNKNOWN_METHOD = -32601
INVALID_PARAMS = -32602
FAILED = -32603
NO_RESOURCE = -32002  # until 2025-11-25
HEADER_MISMATCH = -32020  # from 2026-07-28 on
UNKNOWN_VERSION = -32022  # from 2026-07-28 on

# Of one body; each may start a program.
MOST_MESSAGES = 32

Id = str | int
Json = dict[str, Any]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no result."""

    code: int
    message: str
    data: Any = msgspec.UNSET


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request: a result or an error.  Without an `id` that of none in particular."""

    jsonrpc: Literal["2.0"] = "2.0"
    id: Id | None
    result: Any = msgspec.UNSET
    error: Fault | msgspec.UnsetType = msgspec.UNSET


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What is told and not answered."""

    jsonrpc: Literal["2.0"] = "2.0"
    method: str
    params: Mapping[str, Any] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What wants an answer; it has no `id` if it wants none."""

    jsonrpc: Literal["2.0"] = "2.0"
    id: Id | msgspec.UnsetType = msgspec.UNSET
    method: str
    params: Mapping[str, Any] = {}


Heard = Request | Notification | Answer


class Body(msgspec.Struct, frozen=True):
    """What came at once.  An `Answer` in it is what is to be said to something that is no message."""

    messages: tuple[Heard, ...]
    many: bool = False


def failed(identity: Id | None, code: int, message: str, data: Any = msgspec.UNSET) -> Answer:
    """An answer that is an error."""
    return Answer(id=identity, error=Fault(code=code, message=message, data=data))


def read(body: bytes) -> Body:
    """What a body holds; of what is wrong it has the answer."""
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return Body((failed(None, PARSE_ERROR, "This is not JSON in UTF-8, or nested too deeply."),))
    if not isinstance(found, list):
        return Body((_read(found),) if not _is_answer(found) else ())
    if not 0 < len(found) <= MOST_MESSAGES:
        said = f"A batch has 1 to {MOST_MESSAGES} messages."
        return Body((failed(None, INVALID_REQUEST, said),))
    return Body(tuple(_read(each) for each in found if not _is_answer(each)), many=True)


def id_of(found: Any) -> Id | None:
    """What can be an id or a token, and nothing else: to Python `true` is 1."""
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def written(message: Answer | Notification | Sequence[Answer]) -> bytes:
    """As JSON, in one line."""
    return msgspec.json.encode(message)


def _is_answer(found: Any) -> bool:
    """Whether it answers a question; we ask none."""
    return isinstance(found, dict) and "method" not in found and ("result" in found or "error" in found)


def _read(found: Any) -> Heard:
    known = id_of(found.get("id")) if isinstance(found, dict) else None
    try:
        read: Request = msgspec.convert(found, Request)
    except msgspec.ValidationError as error:
        return failed(known, INVALID_REQUEST, f"This is no message of JSON-RPC 2.0: {error}.")
    if "jsonrpc" not in found:
        return failed(known, INVALID_REQUEST, "This is no message of JSON-RPC 2.0: 'jsonrpc' is missing.")
    return read if read.id is not msgspec.UNSET else Notification(method=read.method, params=read.params)
