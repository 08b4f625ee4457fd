"""How long runs may still take to leave their program."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Graces:
    """
    One for each run, by its number.  `insist` is called with that and the seconds of a run that took longer.
    """

    def __init__(self, clock: IReactorTime, insist: Callable[[int, float], None]) -> None:
        self._clock = clock
        self._insist = insist
        self._late: dict[int, IDelayedCall] = {}

    def allow(self, number: int, secs: float, settled: Deferred[None]) -> None:
        """It must have `settled` by then; the latest word holds."""
        self._end(number)
        self._late[number] = self._clock.callLater(secs, self._insist, number, secs)
        settled.addCallback(lambda _: self._end(number))

    def _end(self, number: int) -> None:
        late = self._late.pop(number, None)
        if late is not None and late.active():
            late.cancel()
