"""
The versions of the Model Context Protocol.

Until 2025-11-25 a client says hello (`initialize`) and both keep to the version that was agreed on.  Since
2026-07-28 there is no hello: each request has its version in its `_meta`, and over HTTP in headers too, which
must say the same.  Batches are of the first two versions only.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import msgspec

from clinvoker.dialects.mcp_messages import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    UNKNOWN_VERSION,
    Answer,
    Request,
    failed,
)

AGREED = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATED = ("2026-07-28",)
KNOWN = (*AGREED, *STATED)
BATCHED = AGREED[:2]

# Of a client that sends no header: so the versions that know the header.
ASSUMED = "2025-03-26"

_VERSION = "io.modelcontextprotocol/protocolVersion"
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"

# What a header repeats of the parameters, by method.
NAMED: Mapping[str, str] = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class Headers(msgspec.Struct, frozen=True, kw_only=True):
    """What HTTP headers said of a message; None where there was none."""

    version: str | None = None
    method: str | None = None
    name: str | None = None


def agreed(wished: Any) -> str:
    """The version to keep to with a client that wishes this one: the same, or our latest."""
    return wished if wished in AGREED else AGREED[-1]


def stated(request: Request) -> bool:
    """Whether a request states its version by itself."""
    meta = request.params.get("_meta")
    return isinstance(meta, Mapping) and _VERSION in meta


def unknown(identity: str | int | None, wished: str) -> Answer:
    """What is to be said to a version that is none of ours."""
    known = {"supported": [*KNOWN], "requested": wished[:100]}
    said = f"The protocol version {wished[:100]!r} is not spoken here; these are: {', '.join(KNOWN)}."
    return failed(identity, UNKNOWN_VERSION, said, known)


def fault(request: Request, identity: str | int, headers: Headers | None) -> Answer | None:
    """What is wrong with a request that states its version, if anything; `headers` are those of HTTP."""
    meta = request.params["_meta"]
    version = meta[_VERSION]
    if not isinstance(version, str):
        return failed(identity, INVALID_PARAMS, f"{_VERSION!r} in '_meta' must be a string.")
    if not isinstance(meta.get(_CAPABILITIES), Mapping):
        return failed(identity, INVALID_PARAMS, f"{_CAPABILITIES!r} in '_meta' must be an object.")
    if headers is not None and (said := _mismatch(request, version, headers)):
        return failed(identity, HEADER_MISMATCH, f"The header {said} and the message differ.")
    return None if version in STATED else unknown(identity, version)


def _mismatch(request: Request, version: str, headers: Headers) -> str:
    """The name of the header that says something else than the message; empty if none does."""
    if headers.version != version:
        return "Mcp-Protocol-Version"
    if headers.method != request.method:
        return "Mcp-Method"
    name = request.params.get(NAMED.get(request.method, ""))
    return "Mcp-Name" if isinstance(name, str) and plain(headers.name or "") != name else ""


def plain(value: str) -> str | None:
    """A header's value, which is in base64 if it could not be sent as it is; None if it is garbled."""
    if not (value.startswith("=?base64?") and value.endswith("?=") and len(value) > 10):
        return value
    try:
        return b64decode(value[9:-2], validate=True).decode("utf-8")
    except ValueError:
        return None


def sendable(value: str) -> str:
    """A value for a header: as it is, or in base64 where that would not go through."""
    plain = value.isascii() and value.isprintable() and value == value.strip()
    if plain and not value.startswith("=?base64?"):
        return value
    return f"=?base64?{b64encode(value.encode('utf-8')).decode('ascii')}?="


def repeated(method: str, params: Mapping[str, Any]) -> Mapping[str, str]:
    """The headers that repeat what a message says that states its version; none for others."""
    meta = params.get("_meta")
    version = meta.get(_VERSION) if isinstance(meta, Mapping) else None
    if not isinstance(version, str):
        return {}
    name = params.get(NAMED.get(method, ""))
    named = {"Mcp-Name": sendable(name)} if isinstance(name, str) else {}
    return {"Mcp-Protocol-Version": sendable(version), "Mcp-Method": sendable(method), **named}
