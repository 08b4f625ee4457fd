"""A list to choose from, as a person sees it and types at it.  Sans-IO: keys in, lines out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clinvoker.client.tables import cut

# What terminals send for keys that have no character.
NAMES = {
    b"\x1b[A": "up",
    b"\x1bOA": "up",
    b"\x1b[B": "down",
    b"\x1bOB": "down",
    b"\x1b[5~": "page up",
    b"\x1b[6~": "page down",
    b"\x1b[H": "home",
    b"\x1b[F": "end",
    b"\x1b[1~": "home",
    b"\x1b[4~": "end",
    b"\x10": "up",  # Ctrl-P
    b"\x0e": "down",  # Ctrl-N
    b"\r": "enter",
    b"\n": "enter",
    b"\x7f": "backspace",
    b"\x08": "backspace",
    b"\x15": "clear",  # Ctrl-U
    b"\x04": "escape",  # Ctrl-D
    b"\x1b": "escape",
}
MARK = ">"
_KEY = re.compile(rb"\x1b[\[O][0-9;]*[A-Za-z~]|\x1b|[\x00-\x1f\x7f]|[\x20-\x7e]|[\x80-\xff]+")


def keys_in(data: bytes) -> list[str]:
    """The keys in what a terminal sent: characters as they are, others by name, unknown ones left out."""
    found = _KEY.findall(data)
    named = (NAMES.get(each) or each.decode("utf-8", "ignore") for each in found)
    return [key for key in named if key and (key in NAMES.values() or key.isprintable())]


class Picker:
    """
    One of some lines is chosen: by moving, by searching for words, by Enter.  `over` once it is, or once
    nothing is to be; `chosen` is its place, or None.
    """

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        self.over = False
        self.chosen: int | None = None
        self._title = title
        self._lines = lines
        self._sought = ""
        self._at = 0  # of those that are found
        self._top = 0  # the first that is shown

    @property
    def found(self) -> list[int]:
        """The places of the lines that hold every word that was typed."""
        words = self._sought.casefold().split()
        return [
            place for place, line in enumerate(self._lines) if all(word in line.casefold() for word in words)
        ]

    def press(self, key: str, page: int = 10) -> None:
        """A key, by its name or as a character; `page` is how many lines one has."""
        steps = {"up": -1, "down": 1, "page up": -page, "page down": page}
        far = {"home": -len(self._lines), "end": len(self._lines)}
        if key == "escape":
            self.over = True
        elif key == "enter":
            self._choose()
        elif key in steps or key in far:
            self._at += steps.get(key, 0) or far.get(key, 0)
        else:
            self._search(key)
        self._at = max(0, min(self._at, len(self.found) - 1))

    def drawn(self, width: int, height: int) -> list[str]:
        """What to show: the title with what is sought, then a page of lines, the one at hand marked."""
        found, room = self.found, max(height - 2, 1)
        self._top = min(max(self._top, self._at - room + 1), self._at, max(len(found) - room, 0))
        head = f"{self._title}: {self._sought}▏" if self._sought else f"{self._title}  (type to search)"
        lines = [cut(head, width)]
        for at, place in enumerate(found[self._top : self._top + room], self._top):
            lines.append(cut(f"{MARK if at == self._at else ' '} {self._lines[place]}", width))
        hidden = len(found) - min(room, len(found))
        count = f"  {self._at + 1} of {len(found)}" if hidden else ""
        return [*lines, cut(f"{count}  ↑↓ move  Enter choose  Esc leave" if found else "  nothing", width)]

    def _choose(self) -> None:
        if found := self.found:
            self.chosen = found[self._at]
            self.over = True

    def _search(self, key: str) -> None:
        if key == "backspace":
            self._sought = self._sought[:-1]
        elif key == "clear":
            self._sought = ""
        elif key.isprintable():
            self._sought = (self._sought + key)[:100]
        self._at = 0
