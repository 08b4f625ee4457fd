"""An answer of so many tokens and no more."""

from __future__ import annotations

from clinvoker.tokens import BYTES


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
        end, self._left = self._left, 0
        while data[end] & 0xC0 == 0x80:  # the first byte that is not kept is in the midst of a character
            end -= 1
        return data[:end].decode("utf-8", "surrogatepass")
