"""Texts of a fixed form, and how that form is told to whoever sends another."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

Day = Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\d\Z")]
DayOrNone = Annotated[str, Meta(pattern=r"\A(\d{4}-\d\d-\d\d)?\Z")]
Groups = Annotated[str, Meta(pattern=r"\A((key|day|backend|model)(,(key|day|backend|model))*)?\Z")]
StepName = Annotated[str, Meta(max_length=64, pattern="^[A-Za-z0-9_-]*$")]
Identity = Annotated[str, Meta(pattern="^(?:[0-9a-f]{16}){1,2}$")]

_WORDS = {
    Day: "a day such as 2026-11-26",
    DayOrNone: "a day such as 2026-11-26",
    Groups: "some of key, day, backend and model, with commas",
    StepName: "letters, digits, _ and -",
    Identity: "16 or 32 of 0-9 and a-f",
}
_SAID = re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL)


def in_words(said: str) -> str:
    """A complaint of msgspec's, without regular expressions where there are words for them."""
    found = _SAID.fullmatch(said)
    words = _BY_PATTERN.get(found[1]) if found else None
    return f"Expected {words}" if words else said


def _pattern(kind: object) -> str:
    """As msgspec quotes it."""
    (meta,) = kind.__metadata__  # type: ignore[attr-defined]
    return repr(meta.pattern)[1:-1]


_BY_PATTERN = {_pattern(kind): words for kind, words in _WORDS.items()}
