"""
The token counts and the reasons to stop of an answer in Anthropic's format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from clinvoker.model import Finished, FinishReason, Usage

StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal"]

_REASONS: Mapping[FinishReason, StopReason] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


class ThinkingCount(msgspec.Struct, frozen=True):
    thinking_tokens: int


class MessageUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Anthropic's shape: what was read from the cache is no part of `input_tokens`."""

    input_tokens: int
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int
    output_tokens_details: ThinkingCount


def message_usage(usage: Usage) -> MessageUsage:
    """What the program counted, nothing estimated: zeros where it told nothing."""
    return MessageUsage(
        input_tokens=max(0, usage.input - usage.cached),
        cache_read_input_tokens=usage.cached,
        output_tokens=usage.output,
        output_tokens_details=ThinkingCount(usage.reasoning),
    )


class StopDelta(msgspec.Struct, frozen=True, kw_only=True):
    """Why an answer ended; the fields of that name in a message and in a `message_delta`."""

    stop_reason: StopReason
    stop_sequence: str | None = None


def stop_of(finished: Finished) -> StopDelta:
    """A stop sequence is a reason of its own here."""
    if finished.stop:
        return StopDelta(stop_reason="stop_sequence", stop_sequence=finished.stop)
    return StopDelta(stop_reason=_REASONS[finished.reason])
