"""
What messages hold, as blocks of the Messages API, which is how the program takes a conversation; and
results as the program takes them for a call that is open.

A result reaches the provider the same by both ways, if it can be told by both.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import msgspec

from clinvoker.backends.claude.tools import MAX_RESULT
from clinvoker.model import Image, Message, Part, Text, ToolCall
from clinvoker.talk import Record, sendable


class Result(msgspec.Struct, frozen=True):
    """The result of a call of the tool `name`; ids and names are those there."""

    call_id: str
    name: str
    parts: tuple[Part, ...]


Piece = Text | Image | ToolCall | Result


def spoken(parts: Iterable[Part]) -> tuple[Part, ...]:
    """
    The parts without blank texts, which the provider refuses.  Texts side by side of which one is blank
    become one: without the blank the text would be another.
    """
    found: list[Part] = []
    for texts, group in groupby(parts, lambda part: isinstance(part, Text)):
        pieces = [part for part in group if not isinstance(part, Text) or part.text]
        whole = "".join(part.text for part in pieces if isinstance(part, Text))
        blank = [part for part in pieces if isinstance(part, Text) and not part.text.strip()]
        if texts and blank:
            pieces = [Text(whole)] if whole.strip() else []
        found += pieces
    return tuple(found)


def block(piece: Piece) -> Record:
    """One block."""
    if isinstance(piece, Text):
        return {"type": "text", "text": sendable(piece.text)}
    if isinstance(piece, Image):
        return {"type": "image", "source": _source(piece)}
    if isinstance(piece, ToolCall):
        arguments = msgspec.json.decode(piece.arguments)
        return {"type": "tool_use", "id": piece.id, "name": piece.name, "input": arguments}
    # Of a call that was open, the program itself says so where there is no result.
    content: object = [block(part) for part in piece.parts] or f"({piece.name} completed with no output)"
    return {"type": "tool_result", "tool_use_id": piece.call_id, "content": content}


def answer(result: Message) -> Record:
    """The result of a call that is open, as MCP has it."""
    texts = [part.text for part in spoken(result.parts) if isinstance(part, Text)]
    return {"content": [{"type": "text", "text": sendable(text)} for text in texts]}


def can_be_told(result: Message) -> bool:
    """
    Whether the program passes a result of an open call on as it is.  Of pictures it makes others, of
    less quality, and of a text that is too long a file.
    """
    texts = [part.text for part in result.parts if isinstance(part, Text)]
    return len(texts) == len(result.parts) and sum(map(len, texts)) <= MAX_RESULT


def _source(image: Image) -> Record:
    if image.data:
        return {"type": "base64", "media_type": image.media_type, "data": image.data}
    return {"type": "url", "url": image.url}
