"""
The live agents of this node: which may serve a launch, how many there are, when they end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import attrs
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from clinvoker.errors import Busy, ClinvokerError, TimedOut
from clinvoker.interfaces import Deliver, IAgent, IBackend, IRun, ISpawner
from clinvoker.model import BackendHealth, BackendState, Identity, Invocation, Launch
from clinvoker.settings import Limits


@attrs.define(eq=False)
class _Live:
    """An agent, what it was started for, and the runs that are promised a place in it."""

    agent: IAgent
    backend: str
    key: str
    promised: int = 0

    @property
    def idle(self) -> bool:
        return not self.promised and not self.agent.runs and not self.agent.held

    @property
    def places(self) -> int:
        return self.agent.places - self.promised


@attrs.define
class _Record:
    """What is remembered of a backend."""

    identity: Identity = attrs.field(factory=Identity)
    last_error: str = ""
    state: BackendState = "untried"


class Agents:
    """Keeps agents; one is started when a run needs it and no living one will do."""

    _log = Logger()

    def __init__(
        self, spawner: ISpawner, clock: IReactorTime, limits: Limits, spare: Callable[[str], None]
    ) -> None:
        self._spare = spare  # told when a backend's processes are all taken: some may be waiting for tools
        self._spawner = spawner
        self._clock = clock
        self._limits = limits
        self._live: list[_Live] = []
        self._records: dict[str, _Record] = {}
        self._waiting: list[Deferred[None]] = []  # for a change; bounded by the admitted runs

    async def begin(
        self, backend: IBackend, launch: Launch, invocation: Invocation, deliver: Deliver
    ) -> IRun:
        """
        Begin a run on an agent of this launch.

        Fails with `Busy` if no process can be had in time, else as `IAgent.when_ready` does.
        """
        live = await self._have(backend, launch)
        while not live.agent.places:  # it was used up while it was waited for
            live = await self._have(backend, launch)
        run = live.agent.begin(invocation, deliver)
        run.settled.addCallback(lambda _: self.tidy())
        return run

    def tidy(self) -> None:
        """Some run is over: end what is used up, and tell who waits for a process."""
        for live in list(self._live):
            if live.agent.used_up and live.idle:
                live.agent.retire()
        self._changed()

    def health(self, backend: IBackend) -> BackendHealth:
        """How a backend is, by what its agents have done so far."""
        path = self._spawner.locate(backend)
        record = self._record(backend.name)
        live = [live for live in self._live if live.backend == backend.name]
        return BackendHealth(
            name=backend.name,
            state=record.state if path else "missing",
            path=path,
            version=record.identity.version,
            login=record.identity.login,
            last_error=record.last_error,
            processes=len(live),
            runs=sum(live.agent.runs for live in live),
        )

    async def stop(self) -> None:
        """End all agents, by force those with runs; come back when they are gone."""
        gone = [live.agent.retire() for live in self._live]
        for live in list(self._live):
            if live.agent.runs:
                live.agent.kill()
        await DeferredList(gone)

    # --- within

    async def _have(self, backend: IBackend, launch: Launch) -> _Live:
        live = await self._place(backend, launch)
        live.promised += 1
        try:
            await self._ready(live)
        finally:
            live.promised -= 1
        return live

    async def _place(self, backend: IBackend, launch: Launch) -> _Live:
        deadline = self._clock.seconds() + self._limits.queue_secs
        while (live := self._serving(launch.key)) is None:
            if self._count()[backend.name] < self._limits.processes:
                return self._start(backend, launch)
            self._make_room(backend.name)
            await self._change(deadline - self._clock.seconds(), backend.name)
        return live

    def _serving(self, key: str) -> _Live | None:
        return next((live for live in self._live if live.key == key and live.places > 0), None)

    def _count(self) -> Counter[str]:
        return Counter(live.backend for live in self._live)

    def _make_room(self, backend: str) -> None:
        for live in self._live:
            if live.backend == backend and live.idle and not live.agent.used_up:
                live.agent.retire()
                return
        self._spare(backend)

    def _start(self, backend: IBackend, launch: Launch) -> _Live:
        agent = self._spawner.spawn(backend, launch)
        live = _Live(agent, backend.name, launch.key)
        self._live.append(live)
        agent.when_gone().addCallback(lambda _: self._gone(live))
        return live

    async def _ready(self, live: _Live) -> None:
        record = self._record(live.backend)
        ready = live.agent.when_ready()
        try:
            await ready.addTimeout(self._limits.ready_secs, self._clock, onTimeoutCancel=_not_ready(live))
        except ClinvokerError as error:
            record.state, record.last_error = "failing", error.message
            live.agent.kill()
            raise
        record.identity, record.state = live.agent.identity, "ready"

    def _gone(self, live: _Live) -> None:
        self._live.remove(live)
        self._changed()

    def _record(self, backend: str) -> _Record:
        return self._records.setdefault(backend, _Record())

    async def _change(self, secs: float, backend: str) -> None:
        change: Deferred[None] = Deferred(self._waiting.remove)
        self._waiting.append(change)
        await change.addTimeout(max(secs, 0), self._clock, onTimeoutCancel=_no_process(backend))

    def _changed(self) -> None:
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            change.callback(None)


def _not_ready(live: _Live) -> Callable[[object, float], None]:
    def late(_: object, secs: float) -> None:
        raise TimedOut(
            f"{live.backend} was not ready within {secs:g} seconds (limits.ready_secs).", live.backend
        )

    return late


def _no_process(backend: str) -> Callable[[object, float], None]:
    def late(_: object, secs: float) -> None:
        raise Busy(f"No process of {backend} became free in time (limits.queue_secs); try again later.", 5.0)

    return late
