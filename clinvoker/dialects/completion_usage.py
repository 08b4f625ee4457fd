"""
The token counts of an answer, as chat and legacy completions tell them.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def total(usages: Sequence[Usage]) -> Usage:
    """The tokens of all choices: each is a run of its own, which read the prompt for itself."""
    return Usage(
        input=sum(usage.input for usage in usages),
        cached=sum(usage.cached for usage in usages),
        output=sum(usage.output for usage in usages),
        reasoning=sum(usage.reasoning for usage in usages),
    )
