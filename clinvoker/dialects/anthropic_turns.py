"""
The `messages` and the `system` of a request in Anthropic's format: wire to `Message`, or `BadRequest`
naming the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Literal

import msgspec

from clinvoker.dialects.anthropic_content import (
    THOUGHTS,
    Content,
    SentBlock,
    blocks_of,
    read_block,
    read_parts,
    unknown,
)
from clinvoker.dialects.anthropic_tools import LONGEST_NAME
from clinvoker.dialects.checks import checked_id, checked_name, checked_text, missing
from clinvoker.errors import BadRequest
from clinvoker.model import Image, Message, Part, Text, ToolCall

# No program has another way to be told.
FAILED = Text("The call failed.\n")


class SentMessage(msgspec.Struct):
    """One message as sent.  `output_config` is what Claude Code sends with those of role system."""

    role: Literal["user", "assistant", "system"] | None = None
    content: str | list[SentBlock] | None = None
    output_config: dict[str, Any] | None = None


Placed = tuple[SentBlock, str]


def read_system(wire: str | Sequence[SentBlock] | None) -> Iterator[Message]:
    """The system text, each block a part, if it says anything.  Raises `BadRequest`."""
    message = _instruction(_placed(wire, "system"))
    if message.parts:
        yield message


def read_turns(wire: Sequence[SentMessage] | None) -> Iterator[Message]:
    """
    The conversation.  Neighbours of one role are one turn, of which results of tools come first: so
    Anthropic has it.  Raises `BadRequest`, `UnsupportedParameter`.
    """
    if wire is None:
        raise missing("messages")
    if not wire:
        raise BadRequest("Invalid 'messages': it must hold at least one message.", "messages")
    awaited: dict[str, str] = {}  # id of a call without a result -> its place
    for role, group in groupby(enumerate(wire), lambda numbered: numbered[1].role):
        sent = [*group]
        blocks = [placed for index, message in sent for placed in _blocks(message, f"messages[{index}]")]
        if role == "user":
            said = [*_user(blocks, awaited)]
            _check_none(awaited)
        else:
            _check_none(awaited)
            said = [_assistant(blocks, awaited) if role == "assistant" else _instruction(blocks)]
        if role != "assistant" and not any(message.parts or message.call_id for message in said):
            place = f"messages[{sent[0][0]}].content"
            raise BadRequest(f"Invalid value for {place!r}: it says nothing.", place)
        yield from said
    _check_none(awaited)


def places(wire: Sequence[SentMessage]) -> Iterator[Placed]:
    """Every block of the messages, those within results too, and its place."""
    for index, message in enumerate(wire):
        for number, block in enumerate(blocks_of(message.content)):
            place = f"messages[{index}].content[{number}]"
            yield block, place
            inner = block.content if isinstance(block.content, list) else ()
            yield from ((each, f"{place}.content[{n}]") for n, each in enumerate(inner))


def first_image(wire: Sequence[SentMessage]) -> str:
    """The place of the first picture; the empty string if there is none."""
    return next((place for block, place in places(wire) if block.type == "image"), "")


def referenced(wire: Sequence[SentMessage]) -> set[str]:
    """The names of the tools that results told the model of."""
    return {block.tool_name or "" for block, _ in places(wire) if block.type == "tool_reference"}


def unheard(wire: Sequence[SentMessage], system: Content) -> Iterator[str]:
    """The names of what in the messages has no effect, each once."""
    blocks = [block for block, _ in places(wire)]
    if any(block.cache_control for block in (*blocks, *blocks_of(system))):
        yield "cache_control"
    if any(block.citations for block in blocks):
        yield "messages[].content[].citations"
    if any(block.type in THOUGHTS for block in blocks):
        yield "messages[].content[].thinking"
    if any(message.output_config for message in wire):
        yield "messages[].output_config"


def _blocks(message: SentMessage, at: str) -> Iterator[Placed]:
    if message.role is None:
        raise missing(f"{at}.role")
    if message.content is None:
        raise missing(f"{at}.content")
    return _placed(message.content, f"{at}.content")


def _placed(content: Content, at: str) -> Iterator[Placed]:
    if isinstance(content, str):
        yield SentBlock("text", checked_text(content, at)), at
    yield from ((block, f"{at}[{number}]") for number, block in enumerate(blocks_of(content)))


def _instruction(blocks: Iterable[Placed]) -> Message:
    return Message("system", tuple(_texts(blocks)))


def _texts(blocks: Iterable[Placed]) -> Iterator[Text]:
    for block, at in blocks:
        for part in read_block(block, at):
            if isinstance(part, Image):
                raise BadRequest(f"{at!r} holds no pictures.", at)
            if part.text:
                yield part


def _assistant(blocks: Iterable[Placed], awaited: dict[str, str]) -> Message:
    """What the model said, and its calls, which now await their results."""
    parts: list[Part] = []
    calls: list[ToolCall] = []
    for block, at in blocks:
        if block.type == "tool_use":
            calls.append(_call(block, at))
            if awaited.setdefault(calls[-1].id, at) != at:
                raise BadRequest(f"Invalid value for '{at}.id': another call has this id.", f"{at}.id")
        elif block.type == "tool_result":
            raise unknown(block, at)
        else:
            parts += read_block(block, at)
    return Message("assistant", tuple(parts), tuple(calls))


def _call(block: SentBlock, at: str) -> ToolCall:
    name = checked_name(block.name, f"{at}.name", LONGEST_NAME)
    if block.input is None:
        raise missing(f"{at}.input")
    return ToolCall(checked_id(block.id, f"{at}.id"), name, msgspec.json.encode(block.input).decode())


def _user(blocks: Sequence[Placed], awaited: dict[str, str]) -> Iterator[Message]:
    """The results of calls, then what the user said."""
    parts: list[Part] = []
    results = [placed for placed in blocks if placed[0].type == "tool_result"]
    yield from (_result(block, at, awaited) for block, at in results)
    for block, at in blocks:
        if block.type == "tool_use":
            raise unknown(block, at)
        if block.type != "tool_result":
            parts += read_block(block, at)
    if parts or not results:
        yield Message("user", tuple(parts))


def _result(block: SentBlock, at: str, awaited: dict[str, str]) -> Message:
    call_id = checked_id(block.tool_use_id, f"{at}.tool_use_id")
    if awaited.pop(call_id, None) is None:
        raise BadRequest(
            f"Invalid value for '{at}.tool_use_id': the assistant's message before it has no such call,"
            " or the call has its result already.",
            f"{at}.tool_use_id",
        )
    if isinstance(block.content, dict):
        raise BadRequest(f"Invalid value for '{at}.content': text or blocks are needed.", f"{at}.content")
    failed = (FAILED,) if block.is_error else ()
    return Message("tool", (*failed, *read_parts(block.content, f"{at}.content")), call_id=call_id)


def _check_none(awaited: dict[str, str]) -> None:
    for place in awaited.values():
        raise BadRequest(
            f"The call at {place!r} has no result: blocks of type 'tool_result', one for each call, must"
            " begin the next message.",
            place,
        )
