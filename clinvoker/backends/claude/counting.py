"""
Tokens, as the program counts them.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from clinvoker.backends.claude.words import Counts, Thinking
from clinvoker.model import Usage


def usage_of(counts: Counts, less: Counts | None = None) -> Usage:
    """
    The tokens of a turn, less what was told of it before.

    The provider's `input_tokens` are only those that neither came from the cache nor went into it.
    """
    if less is not None:
        counts = _combined(counts, less, lambda one, other: max(0, one - other))
    cached = counts.cache_read_input_tokens or 0
    return Usage(
        input=(counts.input_tokens or 0) + cached + (counts.cache_creation_input_tokens or 0),
        cached=cached,
        output=counts.output_tokens or 0,
        reasoning=_thoughts(counts),
    )


def newer(counts: Counts, later: Counts | None) -> Counts:
    """The counts; where `later` says something, that."""
    said = msgspec.structs.asdict(later) if later else {}
    return msgspec.structs.replace(
        counts, **{name: value for name, value in said.items() if value is not None}
    )


def added(counts: Counts, other: Counts) -> Counts:
    """Both together."""
    return _combined(counts, other, lambda one, two: one + two)


def _combined(one: Counts, other: Counts, combine: Callable[[int, int], int]) -> Counts:
    def both(name: str) -> int:
        return combine(getattr(one, name) or 0, getattr(other, name) or 0)

    return Counts(
        input_tokens=both("input_tokens"),
        cache_read_input_tokens=both("cache_read_input_tokens"),
        cache_creation_input_tokens=both("cache_creation_input_tokens"),
        output_tokens=both("output_tokens"),
        output_tokens_details=Thinking(combine(_thoughts(one), _thoughts(other))),
    )


def _thoughts(counts: Counts) -> int:
    details = counts.output_tokens_details
    return (details.thinking_tokens if details else None) or 0
