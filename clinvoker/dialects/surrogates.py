"""
Text that is not valid Unicode, made fit to be sent.

Programs written in JavaScript cut their output between UTF-16 units, so an emoji can arrive as
two halves in two deltas; and some write a half that has no other.  UTF-8 has no place for
halves, and an escaped one (`\\ud83d`) is an error in strict clients.  Pairs are joined, lone
halves become U+FFFD.
"""

from __future__ import annotations


def mended(text: str) -> str:
    """The same text with pairs of surrogates joined and lone ones replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Mender:
    """Mends a text that comes in pieces: the first half of a pair is kept until the next piece."""

    def __init__(self) -> None:
        self.held = ""  # empty or one high surrogate

    def feed(self, piece: str) -> str:
        """The text that can be sent now."""
        text = self.held + piece
        self.held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return mended(text[: len(text) - len(self.held)])

    def rest(self) -> str:
        """What is left at the end: a replacement character, if a half was kept."""
        held, self.held = self.held, ""
        return mended(held)
