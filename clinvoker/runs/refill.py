"""
Processes that are ready before anybody asks: of which backends, how many, which are too many.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import attrs

from clinvoker.errors import BadRequest
from clinvoker.interfaces import IBackend
from clinvoker.model import Invocation, Launch, Message, Text
from clinvoker.runs.living import Live, Living
from clinvoker.settings import Pool

# A plain chat: its launch is the one to be ready for.  It is never begun.
NOTHING = Invocation(model="", messages=(Message("user", (Text("Hello"),)),))


@attrs.frozen
class _Promise:
    backend: IBackend
    launch: Launch

    def counts(self, live: Live) -> bool:
        """Whether this one is, or will be, ready for whoever comes next."""
        return live.key == self.launch.key and live.owner is None and live.places > 0


class Refill:
    """Promises the configured number for each backend that is in use; others start at a request."""

    def __init__(self, pool: Pool, living: Living) -> None:
        self._pool = pool
        self._living = living
        self._promises: dict[str, _Promise] = {}

    def in_use(self, backend: IBackend) -> None:
        """Somebody asked for this backend."""
        if self._number(backend) and backend.name not in self._promises:
            with suppress(BadRequest):  # it may have no such thing as a plain chat
                self._promises[backend.name] = _Promise(backend, backend.launch(NOTHING))

    def forget(self, backend: str) -> None:
        """Its program is not there: promise nothing until somebody asks again."""
        self._promises.pop(backend, None)

    def missing(self) -> Iterator[tuple[IBackend, Launch]]:
        """What to start, for each backend that has fewer than promised."""
        for promise in [*self._promises.values()]:
            if len(self._kept(promise)) < self._number(promise.backend):
                yield promise.backend, promise.launch

    def surplus(self) -> list[Live]:
        """Those that are idle and not promised to anybody."""
        idle = self._living.idle()
        names = {live.backend for live in idle} & self._promises.keys()
        promises = [self._promises[name] for name in names]
        spare = {each.backend.name: len(self._kept(each)) - self._number(each.backend) for each in promises}
        return [live for live in idle if self._is_spare(live, spare)]

    def _number(self, backend: IBackend) -> int:
        return self._pool.warm.get(backend.name, backend.warm)

    def _is_spare(self, live: Live, spare: dict[str, int]) -> bool:
        promise = self._promises.get(live.backend)
        if promise is None or not promise.counts(live):
            return True
        spare[live.backend] -= 1
        return spare[live.backend] >= 0

    def _kept(self, promise: _Promise) -> list[Live]:
        return [live for live in self._living.of(promise.backend.name) if promise.counts(live)]
