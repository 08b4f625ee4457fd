"""
The token counts of a chat answer.
"""

from __future__ import annotations

import msgspec

from clinvoker.model import Usage


class PromptDetails(msgspec.Struct, frozen=True):
    cached_tokens: int


class CompletionDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int


class CompletionUsage(msgspec.Struct, frozen=True, kw_only=True):
    """OpenAI's shape: the details are parts of the counts above them, the total is their sum."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    completion_tokens_details: CompletionDetails


def completion_usage(usage: Usage) -> CompletionUsage:
    """What the program counted, nothing estimated: zeros where it told nothing."""
    return CompletionUsage(
        prompt_tokens=usage.input,
        completion_tokens=usage.output,
        total_tokens=usage.input + usage.output,
        prompt_tokens_details=PromptDetails(usage.cached),
        completion_tokens_details=CompletionDetails(usage.reasoning),
    )
