"""
A conversation as items of the Responses API, which is what `thread/inject_items` takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from clinvoker.model import Message, Role

# "system" must not be sent: the program drops such items without a word (0.169.0).
_ROLES: dict[Role, str] = {
    "system": "developer",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
}


def items(messages: Sequence[Message]) -> list[dict[str, object]]:
    """One item for each message, one content part for each of its parts, texts as they are."""
    return [_item(message) for message in messages]


def _item(message: Message) -> dict[str, object]:
    kind = "output_text" if message.role == "assistant" else "input_text"
    content = [{"type": kind, "text": _sendable(part.text)} for part in message.parts]
    return {"type": "message", "role": _ROLES[message.role], "content": content}


def _sendable(text: str) -> str:
    # A lone surrogate is no Unicode: the program does not answer a line that holds one.
    return text.encode("utf-8", "replace").decode()
