"""The records of JSON-RPC 2.0 and the parts of the Agent Client Protocol that are read here, leniently."""

from __future__ import annotations

from collections.abc import Mapping

from clinvoker.model import Image, Part
from clinvoker.talk import Record, Send

_CANCELLED: Record = {"outcome": {"outcome": "cancelled"}}
_UNKNOWN: Record = {"code": -32601, "message": "This client has no such method."}


def request(identity: int, method: str, params: Record) -> Send:
    """A question; its answer carries the same `identity`."""
    return Send({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})


def notification(method: str, params: Record) -> Send:
    """A message that has no answer."""
    return Send({"jsonrpc": "2.0", "method": method, "params": params})


def refusal(asked: Record) -> Send:
    """
    The answer to whatever the program asks of us.  A permission is answered as cancelled: without an
    answer its prompt would never end (captures/gemini/acp-gemini-permission-deny.ndjson).
    """
    reply: dict[str, object] = {"jsonrpc": "2.0", "id": asked.get("id")}
    if asked.get("method") == "session/request_permission":
        return Send({**reply, "result": _CANCELLED})
    return Send({**reply, "error": _UNKNOWN})


def part(record: Record, name: str) -> Record:
    """The object of this name; empty if there is none."""
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def text(record: Record, name: str) -> str:
    """The text of this name; empty if there is none."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def first_text(update: Record) -> str:
    """The text of the first thing that an update about a call shows; empty if there is none."""
    content = update.get("content")
    first = content[0] if isinstance(content, list) and content else None
    return text(part(first, "content"), "text") if isinstance(first, Mapping) else ""


def block(said: Part) -> Record:
    """A part of a prompt."""
    if isinstance(said, Image):
        return {"type": "image", "mimeType": said.media_type, "data": said.data}
    return {"type": "text", "text": said.text}


def number(record: Record, name: str) -> int:
    """The whole number of this name; 0 if there is none."""
    value = record.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def error(answer: Record) -> tuple[int, str]:
    """Code and message of an answer that is an error."""
    said = part(answer, "error")
    return number(said, "code"), text(said, "message")
