"""Where programs are."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime


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
