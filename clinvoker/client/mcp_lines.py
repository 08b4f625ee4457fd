"""
Messages of the Model Context Protocol as whoever carries them has to know them.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from clinvoker.dialects.mcp_messages import FAILED, Id, id_of, written
from clinvoker.dialects.mcp_messages import failed as answer
from clinvoker.dialects.mcp_versions import repeated


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a message: `id` if it wants an answer, `cancels` if it gives up another."""

    id: Id | None = None
    method: str = ""
    cancels: Id | None = None
    headers: Mapping[str, str] = {}


def looked_at(line: bytes, version: str) -> Carried:
    """What a line holds, for a client with which this version was agreed on; whatever it is."""
    agreed = {"Mcp-Protocol-Version": version} if version else {}
    try:
        found = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return Carried(headers=agreed)
    method, params = found.get("method"), found.get("params")
    method, params = method if isinstance(method, str) else "", params if isinstance(params, dict) else {}
    cancels = params.get("requestId") if method == "notifications/cancelled" else None
    stated = repeated(method, params)
    return Carried(
        id=id_of(found.get("id")) if method else None,
        method=method,
        cancels=id_of(cancels),
        headers=stated or ({} if method == "initialize" else agreed),
    )


class Events:
    """Cuts a stream of events into what they hold."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What is complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return (line[5:].strip() for line in lines if line.startswith(b"data:"))


def failed(carried: Carried, message: str) -> bytes:
    """The error that answers a message, as a line."""
    return written(answer(carried.id, FAILED, message)) + b"\n"


def decoded(body: bytes) -> Any:
    """What JSON says; None if it is none."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
