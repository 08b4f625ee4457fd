"""
What happens while an answer is made.
"""

from __future__ import annotations

from typing import Literal

import msgspec

FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    Tokens of one run, as the program counted them.  `cached` ones, read from the provider's cache, are
    part of `input`; `reasoning` is part of `output`.
    """

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0


class Used(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What one answer took: `model` is the provider's name for what answered, where it was told; `cost` is in US
    dollars, where prices are known.
    """

    principal: str
    backend: str
    model: str
    usage: Usage
    cost: float = 0.0


class Started(msgspec.Struct, frozen=True):
    """The turn has begun; `model` is the provider's name for what answers, if it was told."""

    model: str


class TextDelta(msgspec.Struct, frozen=True):
    """The next piece of the answer."""

    text: str


class ReasoningDelta(msgspec.Struct, frozen=True):
    """The next piece of what the model thinks aloud."""

    text: str


class ToolCallStarted(msgspec.Struct, frozen=True):
    """The model calls a tool; its arguments follow.  `id` is unique in the conversation."""

    id: str
    name: str


class ToolCallDelta(msgspec.Struct, frozen=True):
    """
    The next piece of a call's arguments, together the text of a JSON object.  Nothing but other pieces comes
    between it and the beginning of its call.
    """

    id: str
    arguments: str


Doing = Literal["command", "file_change", "read", "search", "tool"]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """
    A step of the agent's own, told when it begins and again when it is over.  `title` is a line for
    people: a command, a path, a tool's name.
    """

    id: str  # the same for both
    kind: Doing
    title: str
    status: Literal["started", "done", "failed"]


class Finished(msgspec.Struct, frozen=True):
    """The answer is whole.  The last event of a run that did not fail; `stop` is the sequence it ended at."""

    reason: FinishReason
    usage: Usage
    stop: str = ""


def size_of(event: Event) -> int:
    """What an event weighs where it is kept, in bytes, roughly."""
    if isinstance(event, TextDelta | ReasoningDelta):
        return 64 + len(event.text)
    if isinstance(event, Action):
        return 64 + len(event.title)
    return 64 + (len(event.arguments) if isinstance(event, ToolCallDelta) else 0)


Event = Started | TextDelta | ReasoningDelta | ToolCallStarted | ToolCallDelta | Action | Finished
