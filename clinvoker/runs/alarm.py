"""One timer for many moments: the earliest of them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Alarm:
    """
    Rings not later than at the earliest moment that was named since `clear`; perhaps before, so that a
    moment that moves on costs nothing.  Without any there is no call in the clock.
    """

    def __init__(self, clock: IReactorTime, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._moment: float | None = None
        self._call: IDelayedCall | None = None

    def clear(self) -> None:
        """Forget all moments; `set` comes next."""
        self._moment = None

    def at(self, moment: float) -> None:
        """Name a moment."""
        self._moment = moment if self._moment is None else min(moment, self._moment)

    def set(self) -> None:
        """See to it that it rings."""
        pending = self._call is not None and self._call.active()
        if self._moment is None:
            self.stop()
        elif not pending or (self._call is not None and self._moment < self._call.getTime()):
            self.stop()
            self._call = self._clock.callLater(max(self._moment - self._clock.seconds(), 0), self._ring)

    def stop(self) -> None:
        """Do not ring."""
        if self._call is not None and self._call.active():
            self._call.cancel()
