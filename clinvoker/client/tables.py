"""Tables and times, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def table(head: Sequence[str], rows: Iterable[Sequence[object]], width: int = 0) -> str:
    """Columns as wide as they need to be, the last cut where the terminal ends; 0 cuts nothing."""
    lines = [head, *([one_line(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    said = ("  ".join(f"{cell:{size}}" for cell, size in zip(line, widths, strict=True)) for line in lines)
    return "\n".join((cut(line, width) if width else line).rstrip() for line in said)


def harmless(text: str) -> str:
    """The text without what would command a terminal: models repeat whatever they have read."""
    return "".join(sign for sign in text if sign in "\n\t" or not _commands(sign))


def _commands(sign: str) -> bool:
    return sign < " " or "\x7f" <= sign <= "\x9f"


def one_line(text: str) -> str:
    """The text without line breaks and whatever else would move the cursor."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def cut(text: str, most: int) -> str:
    """At most so many characters, the last a … if there were more."""
    return text if len(text) <= most else f"{text[: max(most - 1, 0)]}…"


def title_of(session: Mapping[str, Any], most: int) -> str:
    """Its title, its first prompt, or what it was forked from."""
    parent = session.get("parent_id")
    fork = f"(fork of {parent[:8]})" if parent else ""
    return cut(one_line(session.get("title") or session.get("initial_prompt") or fork), most)


def seconds_of(moment: str) -> float:
    """Seconds since 1970 of a moment as the API writes it."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


def age(moment: str, now: float) -> str:
    """How long ago a moment was: in words up to a week, then its date."""
    past = now - seconds_of(moment)
    if past < _MINUTE:
        return "just now"
    if past < _HOUR:
        return f"{int(past // _MINUTE)}m ago"
    if past < _DAY:
        return f"{int(past // _HOUR)}h ago"
    return f"{int(past // _DAY)}d ago" if past < 7 * _DAY else moment[:10]


def megabytes(count: int) -> str:
    """Bytes, for people."""
    return f"{count / 1024**2:.0f} MB" if count else ""
