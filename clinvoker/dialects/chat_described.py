"""
The chunks of a streamed chat answer, as types: for the OpenAPI document.  `chat_chunks` writes them.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from clinvoker.dialects.completion_usage import CompletionUsage
from clinvoker.model import Action, FinishReason


class DeltaFunction(msgspec.Struct, kw_only=True):
    name: str | UnsetType = UNSET
    arguments: str


class DeltaCall(msgspec.Struct, kw_only=True):
    """The next piece of a call; the first has its id and its name."""

    index: int
    id: str | UnsetType = UNSET
    type: Literal["function"] | UnsetType = UNSET
    function: DeltaFunction


class DeltaAction(msgspec.Struct):
    action: Action


class ChunkDelta(msgspec.Struct):
    """What is new."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType | None = UNSET
    reasoning_content: str | UnsetType = UNSET
    tool_calls: tuple[DeltaCall, ...] | UnsetType = UNSET
    clinvoker: DeltaAction | UnsetType = UNSET


class ChunkChoice(msgspec.Struct):
    index: int
    delta: ChunkDelta
    logprobs: None
    finish_reason: FinishReason | None


class ChatCompletionChunk(msgspec.Struct):
    """
    One event of a stream, after which comes `[DONE]`.  `usage` is there only if it was asked for, and
    null but for the last.
    """

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: tuple[ChunkChoice, ...]
    usage: CompletionUsage | UnsetType | None = UNSET
