"""
What one run cost, of a thread that can serve several runs one after the other.
"""

from __future__ import annotations

from clinvoker.backends.codex.words import Tokens
from clinvoker.model import Usage


class Meter:
    """
    Counts since the last run of the thread was told its own.

    The program tells the thread's total after each response, but only once all calls of that response
    have their results; the response's own counts are there before.
    """

    def __init__(self) -> None:
        self._total = Tokens()
        self._told = Tokens()  # to runs before

    def total(self, tokens: Tokens) -> None:
        """The thread's total."""
        self._total = tokens

    def spent(self, pending: Tokens | None = None) -> Usage:
        """What is new since the last time, with a response that the total does not hold yet."""
        total = _both(self._total, pending or Tokens())
        told, self._told = self._told, total
        return Usage(
            input=_more(total.input_tokens, told.input_tokens),
            cached=_more(total.cached_input_tokens, told.cached_input_tokens),
            output=_more(total.output_tokens, told.output_tokens),
            reasoning=_more(total.reasoning_output_tokens, told.reasoning_output_tokens),
        )


def _both(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(
        input_tokens=one.input_tokens + other.input_tokens,
        cached_input_tokens=one.cached_input_tokens + other.cached_input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        reasoning_output_tokens=one.reasoning_output_tokens + other.reasoning_output_tokens,
    )


def _more(now: int, before: int) -> int:
    return max(0, now - before)
