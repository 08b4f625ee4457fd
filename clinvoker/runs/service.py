"""
Runs: starting one, knowing all, ending all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from twisted.internet.defer import DeferredList
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from zope.interface import implementer

from clinvoker.errors import Draining, RunError, UnknownModel
from clinvoker.interfaces import Deliver, IBackend, IRun, IRuns, ISpawner
from clinvoker.model import BackendHealth, Invocation, Model
from clinvoker.runs.admission import Admission
from clinvoker.runs.agents import Agents
from clinvoker.runs.names import Target, listed, resolve
from clinvoker.runs.run import Run
from clinvoker.settings import Limits, Names


@implementer(IRuns)
class Runs:
    """Carries out invocations on the given backends, until it is told to `drain`."""

    backoff_secs = 0.5  # before the first new attempt; doubled each time

    _log = Logger()

    def __init__(
        self,
        backends: Mapping[str, IBackend],
        spawner: ISpawner,
        limits: Limits,
        names: Names,
        clock: IReactorTime,
    ) -> None:
        self._backends = dict(sorted(backends.items()))
        self._spawner = spawner
        self._limits = limits
        self._names = names
        self._clock = clock
        self._admission = Admission(clock, limits.runs, limits.queue, limits.queue_secs)
        self._agents = Agents(spawner, clock, limits)
        self._runs: set[Run] = set()
        self._draining = False

    # --- IRuns

    def start(self, invocation: Invocation, deliver: Deliver) -> IRun:
        run = Run(self._clock, self._limits, deliver, lambda run: self._carry(run, invocation))
        self._runs.add(run)
        run.settled.addCallback(lambda _: self._runs.discard(run))
        return run

    def models(self) -> Sequence[Model]:
        return listed(self._names, self._present())

    def health(self) -> Sequence[BackendHealth]:
        return [self._agents.health(backend) for backend in self._backends.values()]

    # --- the end

    async def drain(self) -> None:
        """
        Take no new run, let those under way finish for `drain_secs`, interrupt the rest, end all agents.
        """
        self._draining = True
        everyone = DeferredList([run.settled for run in self._runs])
        late = self._clock.callLater(self._limits.drain_secs, self.interrupt_all)
        await everyone
        if late.active():
            late.cancel()
        await self._agents.stop()

    def interrupt_all(self) -> None:
        """Give every run up, now."""
        for run in list(self._runs):
            run.interrupt(Draining())

    # --- within

    def _present(self) -> dict[str, IBackend]:
        return {name: backend for name, backend in self._backends.items() if self._spawner.locate(backend)}

    def _target(self, model: str) -> Target:
        target = resolve(model, self._names, self._backends)
        if target is None:
            raise UnknownModel(model[:200], [model.name for model in self.models()])
        return target

    async def _carry(self, run: Run, invocation: Invocation) -> None:
        if self._draining:
            raise Draining()
        target = self._target(invocation.model)
        backend = self._backends[target.backend]
        invocation = msgspec.structs.replace(invocation, model=target.model)
        launch = backend.launch(invocation)
        await self._admission.enter()
        run.settled.addCallback(lambda _: self._admission.leave())
        await self._persist(run, lambda deliver: self._agents.begin(backend, launch, invocation, deliver))

    async def _persist(self, run: Run, begin: Callable[[Deliver], Awaitable[IRun]]) -> None:
        """Attempt until it succeeds, fails for good, or something was delivered."""
        for attempt in range(self._limits.retries + 1):
            try:
                await run.attempt(begin)
                return
            except RunError as error:
                if run.delivered or not error.transient or attempt == self._limits.retries:
                    raise
                self._log.warn("attempt {attempt} failed: {code}", attempt=attempt + 1, code=error.code)
            await deferLater(self._clock, self.backoff_secs * 2**attempt)
