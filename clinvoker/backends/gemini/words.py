"""The records of JSON-RPC 2.0 and the parts of the Agent Client Protocol that are read here, leniently."""

from __future__ import annotations

from collections.abc import Mapping

from clinvoker.backends.gemini.names import PREFIX
from clinvoker.model import Image, Part
from clinvoker.talk import Record, Send
from clinvoker.tokens import MOST

_CANCELLED: Record = {"outcome": "cancelled"}
_UNKNOWN: Record = {"code": -32601, "message": "This client has no such method."}


def request(identity: int, method: str, params: Record) -> Send:
    """A question; its answer carries the same `identity`."""
    return Send({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})


def notification(method: str, params: Record) -> Send:
    """A message that has no answer."""
    return Send({"jsonrpc": "2.0", "method": method, "params": params})


def reply(asked: Record) -> Send:
    """
    The answer to whatever the program asks of us.  A permission is given, once, for the client's own
    functions, whose calls are only noted (0.61.0 as we start it asks for none), and cancelled for anything
    else: without an answer its prompt would never end (captures/gemini/acp-gemini-permission-deny.ndjson).
    """
    answer: dict[str, object] = {"jsonrpc": "2.0", "id": asked.get("id")}
    if asked.get("method") == "session/request_permission":
        return Send({**answer, "result": {"outcome": _outcome(part(asked, "params"))}})
    return Send({**answer, "error": _UNKNOWN})


def _outcome(params: Record) -> Record:
    options = params.get("options")
    once = [
        option
        for option in (options if isinstance(options, list) else ())
        if isinstance(option, Mapping) and option.get("kind") == "allow_once"
    ]
    if once and text(part(params, "toolCall"), "toolCallId").startswith(PREFIX):
        return {"outcome": "selected", "optionId": once[0].get("optionId")}
    return _CANCELLED


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


def tokens(record: Record, name: str) -> int:
    """The count of this name; 0 if there is none, or one that makes no sense."""
    found = number(record, name)
    return found if 0 <= found <= MOST else 0


def error(answer: Record) -> tuple[int, str]:
    """Code and message of an answer that is an error."""
    said = part(answer, "error")
    return number(said, "code"), text(said, "message")
