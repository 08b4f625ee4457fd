"""Texts of a fixed form, and how that form is told to whoever writes another."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

SecretPath = Annotated[str, Meta(pattern=r"\A([A-Za-z0-9/_.][A-Za-z0-9/_.-]*)?\Z")]
UserName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\Z|\A\Z")]
Path = Annotated[str, Meta(pattern=r"\A(/|~/)")]
Property = Annotated[str, Meta(pattern=r"\A[A-Z][A-Za-z]*=")]

_WORDS = {
    SecretPath: "a path of gopass: letters, digits, / _ . and -, which it does not begin with",
    UserName: "the name of a user",
    Path: "a path that begins with / or ~/",
    Property: "a property of systemd's, such as IOWeight=50",
}
_SAID = re.compile(r"Expected `str` matching regex '(.*?)'( - at `.*`)?", re.DOTALL)


def in_words(said: str) -> str:
    """A complaint of msgspec's, without regular expressions where there are words for them."""
    found = _SAID.fullmatch(said)
    words = _BY_PATTERN.get(found[1]) if found else None
    return f"Expected {words}{found[2] or ''}" if found and words else said


def _pattern(kind: object) -> str:
    """As msgspec quotes it."""
    (meta,) = kind.__metadata__  # type: ignore[attr-defined]
    return repr(meta.pattern)[1:-1]


_BY_PATTERN = {_pattern(kind): words for kind, words in _WORDS.items()}
