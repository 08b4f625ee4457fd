"""
Who runs and who waits: a number of places and a bounded queue.  No process, no reactor but its clock.
"""

from __future__ import annotations

from collections import OrderedDict

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from clinvoker.errors import Busy


class Admission:
    """
    At most `places` at once; at most `queue` wait, first come first served, each for `secs` seconds.
    """

    def __init__(self, clock: IReactorTime, places: int, queue: int, secs: float) -> None:
        self._clock = clock
        self._free = places
        self._queue = queue
        self._secs = secs
        self._waiting: OrderedDict[Deferred[None], None] = OrderedDict()

    def enter(self) -> Deferred[None]:
        """
        Fires when there is a place, which then is the caller's until `leave`.  Fails with `Busy`
        if the queue is full or the wait too long.  Cancelling it gives up the wait.
        """
        place: Deferred[None] = Deferred(lambda place: self._waiting.pop(place, None))
        if self._free > 0:
            self._free -= 1
            place.callback(None)
        elif len(self._waiting) >= self._queue:
            place.errback(Busy(f"All places are taken and {self._queue} requests wait; try again later."))
        else:
            self._waiting[place] = None
            place.addTimeout(self._secs, self._clock, onTimeoutCancel=_too_late)
        return place

    def leave(self) -> None:
        """Give a place back: to who waits longest, if anybody waits."""
        if self._waiting:
            place, _ = self._waiting.popitem(last=False)
            place.callback(None)
        else:
            self._free += 1


def _too_late(_: object, secs: float) -> None:
    raise Busy(f"No place became free within {secs:g} seconds; try again later.", 5.0)
