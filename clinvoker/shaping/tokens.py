"""Tokens as the daemon counts them where nobody else does: four bytes of UTF-8 are one."""

from __future__ import annotations

from collections.abc import Iterable

from clinvoker.model import Message

BYTES = 4


def estimate(text: str) -> int:
    """About how many tokens a text is; at least one if it is not empty."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES)


def of_messages(messages: Iterable[Message]) -> int:
    """About how many tokens a conversation is."""
    return sum(estimate(message.text) + 4 for message in messages)


class TokenBudget:
    """Lets text through until `tokens` are used up."""

    def __init__(self, tokens: int) -> None:
        self._left = tokens * BYTES
        self.spent = False

    def feed(self, text: str) -> str:
        """Take a piece; give what is within the budget, in whole characters."""
        data = text.encode("utf-8", "surrogatepass")
        if len(data) <= self._left:
            self._left -= len(data)
            return text
        self.spent = True
        kept = data[: self._left].decode("utf-8", "ignore")
        self._left = 0
        return kept
