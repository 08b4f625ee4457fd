"""
Who runs and who waits: places in all and for each backend, and one bounded queue that is fair by key.
No process, no reactor but its clock.

Who holds fewest places is next, and among those who waited longest: a key that sends a hundred requests
at once does not keep another's single one waiting behind them.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinvoker.errors import Busy, ShareFull

_WEIGHT = 0.2  # of the newest run in the time that a run is expected to take
_AT_FIRST = 5.0  # seconds, before one was seen


@attrs.define(eq=False)
class Place:
    """The right to run, from `Admission.enter` until `leave`."""

    backend: str
    key: str
    since: float
    _admission: Admission
    held: bool = True

    def leave(self) -> None:
        """Give it back; once is enough and more does nothing."""
        if self.held:
            self.held = False
            self._admission.left(self)


@attrs.define(eq=False)
class _Waiting:
    backend: str
    key: str
    late: IDelayedCall


class Admission:
    """
    At most `places` at once, and of a backend at most what `by_backend` says; at most `queue` wait, for
    `secs` seconds each.
    """

    def __init__(
        self,
        clock: IReactorTime,
        places: int,
        queue: int,
        secs: float,
        by_backend: Mapping[str, int] | None = None,
    ) -> None:
        self._clock = clock
        self._places = places
        self._queue = queue
        self._secs = secs
        self._by_backend = by_backend or {}
        self._taken: Counter[str] = Counter()  # places by backend
        self._holding: Counter[str] = Counter()  # places by key; only of those who hold some
        self._waiting: OrderedDict[Deferred[Place], _Waiting] = OrderedDict()  # oldest first
        self._expected = _AT_FIRST

    @property
    def running(self) -> int:
        """How many places are taken."""
        return self._taken.total()

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    def enter(self, backend: str, key: str) -> Deferred[Place]:
        """
        Fires with a `Place`, at once if there is one.  Fails with `ShareFull` if the queue is full and
        this key has its share of it, with `Busy` if there is no room whatever the key, or no place
        within the time.  Cancelling it gives up the wait.
        """
        entered: Deferred[Place] = Deferred(self._forget)
        if not self._free(backend):
            if not self._room(key):
                entered.errback(self._full(key))
                return entered
            late = self._clock.callLater(self._secs, self._too_late, entered)
            self._waiting[entered] = _Waiting(backend, key, late)
        else:
            entered.callback(self._take(backend, key))
        return entered

    def left(self, place: Place) -> None:
        """A place is given back: whoever is next has it."""
        self._taken[place.backend] -= 1
        self._holding[place.key] -= 1
        self._holding += Counter()  # forgets who holds none
        self._expected += _WEIGHT * (self._clock.seconds() - place.since - self._expected)
        self._serve()

    def change(self, places: int, queue: int, secs: float, by_backend: Mapping[str, int]) -> None:
        """These bounds hold from now on; who is in stays in, and who waits does so as long as was said."""
        self._places, self._queue, self._secs, self._by_backend = places, queue, secs, by_backend
        self._serve()

    def retry_after(self) -> float:
        """In about how many seconds there may be room again."""
        return self._expected * max(1, len(self._waiting)) / self._places

    # --- within

    def _serve(self) -> None:
        while (entered := self._next()) is not None:
            waiting = self._taken_out(entered)
            entered.callback(self._take(waiting.backend, waiting.key))

    def _free(self, backend: str) -> bool:
        bound = self._by_backend.get(backend, self._places)
        return self.running < self._places and self._taken[backend] < bound

    def _take(self, backend: str, key: str) -> Place:
        self._taken[backend] += 1
        self._holding[key] += 1
        return Place(backend, key, self._clock.seconds(), self)

    def _next(self) -> Deferred[Place] | None:
        able = [entered for entered, waiting in self._waiting.items() if self._free(waiting.backend)]
        return min(able, key=lambda entered: self._holding[self._waiting[entered].key], default=None)

    def _room(self, key: str) -> bool:
        """
        Whether one more may wait.  The queue being full, the newest of the key that has most in it makes
        room for one that has less.
        """
        if len(self._waiting) < self._queue:
            return True
        shares = Counter(waiting.key for waiting in self._waiting.values())
        greedy, most = max(shares.items(), key=lambda share: share[1], default=("", 0))
        if shares[key] + 1 >= most:
            return False
        newest = next(each for each, waiting in reversed(self._waiting.items()) if waiting.key == greedy)
        self._forget(newest)
        newest.errback(self._share_full(shares[greedy] - 1))
        return True

    def _full(self, key: str) -> Busy:
        """Why there is no room: for anybody, or for this key only."""
        count = len(self._waiting)
        mine = sum(waiting.key == key for waiting in self._waiting.values())
        if 0 < mine < count:
            return self._share_full(mine)
        said = f"All {self._places} places are taken and {count} requests wait (limits.runs, limits.queue)"
        return Busy(f"{said}; try again later.", self.retry_after())

    def _share_full(self, mine: int) -> ShareFull:
        said = f"{mine} other requests of this API key wait, its share of the queue (limits.queue)"
        return ShareFull(f"{said}; try again later.", self.retry_after())

    def _too_late(self, entered: Deferred[Place]) -> None:
        before = list(self._waiting).index(entered)
        self._forget(entered)
        said = f"No place became free within {self._secs:g} seconds (limits.queue_secs)"
        told = f"{said}; {before} requests were waiting before this one; try again later."
        entered.errback(Busy(told, self.retry_after()))

    def _forget(self, entered: Deferred[Place]) -> None:
        self._taken_out(entered)

    def _taken_out(self, entered: Deferred[Place]) -> _Waiting:
        waiting = self._waiting.pop(entered)
        if waiting.late.active():
            waiting.late.cancel()
        return waiting
