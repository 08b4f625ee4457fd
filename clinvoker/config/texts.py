"""
Texts as values: what no path, no header and no line of a log can carry is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Control characters but tabs and ends of lines, which system prompts have; and halves of pairs, which stand
# for bytes of the environment that are not UTF-8, too.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_HALVES = ("\ud800", "\udfff")


def complaint_about(value: object) -> str:
    """What is wrong with a text, or with one in a list of them; empty if nothing is."""
    texts: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
    found = next(filter(None, (_UNFIT.search(text) for text in texts if isinstance(text, str))), None)
    if found is None:
        return ""
    if _HALVES[0] <= found[0] <= _HALVES[1]:
        return "Not UTF-8, or half of a character"
    return f"Holds the control character U+{ord(found[0]):04X}"


def shown(text: str) -> str:
    """A text as it can be written anywhere: what is unfit is escaped."""
    return _UNFIT.sub(lambda found: ascii(found[0])[1:-1], text)
