"""
The requests that wait for a process: whichever is free first, one that was started for them or not.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from twisted.internet.defer import Deferred

from clinvoker.errors import Busy, ClinvokerError
from clinvoker.interfaces import IBackend
from clinvoker.model import Launch
from clinvoker.runs.living import Live, Living

Kind = tuple[str, str]  # a launch key and a principal


@attrs.define(eq=False)
class Wanted:
    """A process is wanted for one run."""

    backend: IBackend
    launch: Launch
    principal: str
    place: Deferred[Live] = attrs.field(factory=Deferred)
    counts_on: Live | None = None  # that is starting, and whose failure is this request's too

    def too_late(self, _: object, secs: float) -> None:
        """None became free within so many seconds."""
        name = self.backend.name
        raise Busy(f"No process of {name} became free in time (limits.queue_secs); try again later.", 5.0)

    @property
    def kind(self) -> Kind:
        """Two requests of one kind can be served by the same processes."""
        return self.launch.key, self.principal


class Waiting:
    """Those that wait, in the order they came; bounded by the admitted runs."""

    def __init__(self) -> None:
        self._wanted: dict[Wanted, None] = {}

    def __len__(self) -> int:
        return len(self._wanted)

    def __iter__(self) -> Iterator[Wanted]:
        """Those that wait now, less those that cease to while it is gone through."""
        return (wanted for wanted in [*self._wanted] if wanted in self._wanted)

    def add(self, wanted: Wanted) -> None:
        """One more."""
        self._wanted[wanted] = None

    def drop(self, wanted: Wanted) -> None:
        """It has gone."""
        self._wanted.pop(wanted, None)

    def serve(self, wanted: Wanted, live: Live) -> None:
        """It begins its run before this comes back."""
        self.drop(wanted)
        wanted.place.callback(live)

    def fail(self, wanted: Wanted, error: ClinvokerError) -> None:
        """There will be no process for it."""
        self.drop(wanted)
        wanted.place.errback(error)

    def fail_all(self, live: Live, error: ClinvokerError) -> None:
        """The process they counted on did not start."""
        for wanted in self:
            if wanted.counts_on is live:
                self.fail(wanted, error)


class Expected:
    """
    Which starting process each waiting request counts on.  One that is blank will be the principal's who
    is served first, unless it is `shared`.
    """

    def __init__(self, living: Living, shared: bool) -> None:
        self._shared = shared
        self._places = {live: live.places for live in living.starting()}
        self._owners: dict[Live, str] = {}
        self._keys: dict[Live, str] = {}

    def add(self, live: Live) -> None:
        """One more is starting."""
        self._places[live] = live.places

    def count_on(self, wanted: Wanted) -> Live | None:
        """One that will have a place for it, which then is taken; None if a further one is needed."""
        live = next((live for live in self._places if self._fits(live, wanted)), None)
        if live is not None:
            self._places[live] -= 1
            self._owners[live] = wanted.principal
            self._keys[live] = wanted.launch.key
        return live

    def _fits(self, live: Live, wanted: Wanted) -> bool:
        if self._places[live] <= 0 or not live.can_be(wanted.launch):
            return False
        if self._keys.get(live, wanted.launch.key) != wanted.launch.key:
            return False
        return self._shared or self._owners.get(live, wanted.principal) == wanted.principal
