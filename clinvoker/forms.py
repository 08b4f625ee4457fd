"""Texts of a fixed form, and how that form is told to whoever writes another.  Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SAID = re.compile(r"Expected `str` matching regex '(.*?)'( - at `.*`)?", re.DOTALL)


class Forms:
    """Knows `words` for types that msgspec holds to a regular expression."""

    def __init__(self, words: Mapping[object, str]) -> None:
        self._words = {_pattern(kind): said for kind, said in words.items()}

    def in_words(self, said: str) -> str:
        """A complaint of msgspec's, without regular expressions where there are words for them."""
        found = _SAID.fullmatch(said)
        words = self._words.get(found[1]) if found else None
        return f"Expected {words}{found[2] or ''}" if found and words else said


def _pattern(kind: object) -> str:
    """As msgspec quotes it."""
    (meta,) = kind.__metadata__  # type: ignore[attr-defined]
    return repr(meta.pattern)[1:-1]
