"""Where programs are."""

from __future__ import annotations

import os
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime


def stamp(path: str) -> object:
    """
    What is different once another file is at this path, or where its links lead; None where there is none.
    Package managers put another file in its place, whose times may be those of its making.
    """
    try:
        found = os.stat(path)
    except OSError:
        return None
    return os.path.realpath(path), found.st_ino, found.st_ctime_ns, found.st_size


class Locations:
    """
    Remembers for `secs` where `find` found a program, or that it did not: health checks and lists of
    models ask for every program each time, and a search looks into every folder of PATH.
    """

    def __init__(self, clock: IReactorTime, find: Callable[[str], str], secs: float = 30.0) -> None:
        self._clock = clock
        self._find = find
        self._secs = secs
        self._known: dict[str, tuple[float, str]] = {}  # bounded by the configured programs

    def of(self, program: str) -> str:
        """The absolute path of a program, or the empty string; up to `secs` old."""
        now = self._clock.seconds()
        known = self._known.get(program)
        return known[1] if known and now < known[0] + self._secs else self.anew(program)

    def anew(self, program: str) -> str:
        """The same as it is now."""
        found = self._find(program)
        self._known[program] = self._clock.seconds(), found
        return found
