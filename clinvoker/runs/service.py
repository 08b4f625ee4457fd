"""
Runs: starting one, knowing all, ending all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial

import msgspec
from twisted.internet.defer import DeferredList
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from clinvoker.errors import (
    BackendMissing,
    Draining,
    UnknownModel,
)
from clinvoker.interfaces import Deliver, IBackend, IRun, IRuns, ISpawner
from clinvoker.keys import Standing
from clinvoker.model import BackendHealth, Invocation, Load, Model, Treatment
from clinvoker.orders import Rehearsal
from clinvoker.runs.accounting import Account, Count, Watch, uncounted, unwatched
from clinvoker.runs.admission import Admission
from clinvoker.runs.agency import Permission, check_modes, completed, introduced, joined
from clinvoker.runs.agents import Agents
from clinvoker.runs.attempts import Attempts
from clinvoker.runs.conversations import Conversations
from clinvoker.runs.editions import Editions
from clinvoker.runs.names import Target, listed, resolve, words_for
from clinvoker.runs.quotas import Quotas
from clinvoker.runs.run import Run
from clinvoker.runs.workdirs import Workdirs
from clinvoker.settings import Limits, Names, Pool, Usual
from clinvoker.shaping import plan_for

NOBODY = Permission((), Workdirs((), ()))
NOTHING_USUAL = Usual()


@implementer(IRuns)
class Runs:
    """Carries out invocations on the given backends, until it is told to `drain`."""

    _log = Logger()

    def __init__(
        self,
        backends: Mapping[str, IBackend],
        spawner: ISpawner,
        limits: Limits,
        names: Names,
        clock: IReactorTime,
        new_id: Callable[[], str],
        permission: Permission = NOBODY,
        fetched: Callable[[Invocation], Awaitable[Invocation]] | None = None,
        pool: Pool | None = None,
        jitter: Callable[[], float] = lambda: 0.5,
        count: Count = uncounted,
        quotas: Quotas | None = None,
        watch: Watch = unwatched,
    ) -> None:
        self._backends = dict(sorted(backends.items()))
        self._spawner = spawner
        self._limits = limits
        self._names = names
        self._new_id = new_id
        self._permission = permission
        self._count, self._watch = count, watch
        self._quotas = quotas or Quotas(clock, str)
        self._fetched = fetched  # brings pictures from the network
        self._clock = clock
        self._admission = Admission(clock, limits.runs, limits.queue, limits.queue_secs, limits.backend_runs)
        self._pool = pool = pool or Pool()
        self._editions = Editions(spawner, clock)
        self._agents = Agents(
            spawner, clock, limits, pool, jitter, lambda backend: self._conversations.spare(backend)
        )
        self._conversations = Conversations(clock, limits, self._agents.given_up)
        self._attempts = Attempts(clock, limits, self._agents, self._conversations, self._look_at)
        self._runs: set[Run] = set()
        self._draining = False

    # --- IRuns

    def start(self, invocation: Invocation, deliver: Deliver) -> IRun:
        account = Account(invocation, deliver, self._count, self._watch, self._clock)
        carry = partial(self._carry, invocation=invocation, account=account)
        run = Run(self._clock, self._limits, account.deliver, carry)
        run.ended.addBoth(account.over)
        self._runs.add(run)
        run.settled.addCallback(lambda _: self._runs.discard(run))
        return run

    def rehearse(self, invocation: Invocation) -> Rehearsal:
        backend, invocation = self._permitted(invocation)
        path = self._spawner.locate(backend)
        if not path:
            raise BackendMissing(f"The program of {backend.name!r} was not found.", backend.name)
        launch = backend.launch(invocation)
        arguments = (path, *launch.arguments[1:], *self._spawner.further(backend, launch))
        launch = msgspec.structs.replace(launch, arguments=arguments)
        return Rehearsal(backend=backend.name, model=invocation.model, launch=launch)

    def parameters(self, model: str, principal: str = "") -> Mapping[str, Treatment]:
        return self._backends[self._target(model, principal).backend].parameters

    def standing(self, principal: str) -> Standing | None:
        return self._quotas.standing(principal)

    def models(self, principal: str = "") -> Sequence[Model]:
        return [
            model
            for model in listed(self._names, self._present())
            if self._permission.sees(principal, self._words(model.name))
        ]

    def health(self) -> Sequence[BackendHealth]:
        for backend in self._backends.values():
            self._look_at(backend)
        return [self._agents.health(backend) for backend in self._backends.values()]

    def load(self) -> Load:
        admission = self._admission
        return Load(
            running=admission.running,
            waiting=admission.waiting,
            places=self._limits.runs,
            draining=self._draining,
        )

    @property
    def draining(self) -> bool:
        """Whether no new run is taken any more."""
        return self._draining

    def warm_up(self) -> None:
        """Start what is to be ready before anybody asks."""
        self._agents.warm_up(self._backends[name] for name in self._pool.prestart if name in self._backends)

    def change(
        self,
        backends: Mapping[str, IBackend],
        renewed: Collection[str],
        permission: Permission,
        fetched: Callable[[Invocation], Awaitable[Invocation]] | None,
    ) -> None:
        """
        The configuration is another: limits, names and pool have changed in place, these are the backends
        now, and processes of those `renewed` would be started otherwise.  What is under way goes on.
        """
        gone = self._backends.keys() - backends.keys()
        self._backends = dict(sorted(backends.items()))
        self._permission, self._fetched = permission, fetched
        limits = self._limits
        self._admission.change(limits.runs, limits.queue, limits.queue_secs, limits.backend_runs)
        for name in gone:
            self._give_up(name)
        for name in renewed:
            self._agents.renew(name)
        self.warm_up()

    def keep_apart(self) -> None:
        """There are several principals from now on: no process that one has used serves another."""
        self._agents.keep_apart()

    # --- the end

    async def drain(self) -> None:
        """
        Take no new run, let those under way finish for `drain_secs`, interrupt the rest, end all agents.
        """
        self._draining = True
        self._agents.close()
        self._attempts.close()
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

    def _give_up(self, backend: str) -> None:
        """Nobody can ask for a backend any more: nothing is made ready, what lives ends after its turns."""
        self._agents.forget(backend)
        self._agents.renew(backend)

    def _look_at(self, backend: IBackend) -> None:
        """If its program was upgraded, processes of the old one end after what they do."""
        if self._editions.changed(backend):
            self._log.info("the program of {name} is another: its processes are renewed", name=backend.name)
            self._agents.renew(backend.name)

    def _present(self) -> dict[str, IBackend]:
        return {name: backend for name, backend in self._backends.items() if self._spawner.locate(backend)}

    def _target(self, model: str, principal: str = "") -> Target:
        target = resolve(model, self._names, self._backends)
        if target is None:
            raise UnknownModel(model[:200], [model.name for model in self.models(principal)])
        return target

    def _words(self, model: str) -> tuple[str, ...]:
        """All words for a model that a key's rights may use."""
        return words_for(model, resolve(model, self._names, self._backends), self._names)

    def _permitted(self, invocation: Invocation) -> tuple[IBackend, Invocation]:
        """What is to carry it out, and the invocation in that one's words; raises what forbids it."""
        target = self._target(invocation.model, invocation.principal)
        words = words_for(invocation.model, target, self._names)
        self._permission.check_model(invocation.principal, words)
        backend = self._backends[target.backend]
        usual = self._names.usual.get(target.backend, NOTHING_USUAL)
        agency = completed(joined(target.agency, invocation.agency), usual)
        invocation = introduced(invocation, usual)
        invocation = msgspec.structs.replace(invocation, model=target.model, agency=agency)
        check_modes(agency, backend)
        return backend, self._permission.checked(invocation)

    async def _carry(self, run: Run, invocation: Invocation, account: Account) -> None:
        if self._draining:
            raise Draining()
        backend, invocation = self._permitted(invocation)
        account.open(backend.name, invocation.model)
        if self._fetched is not None:
            invocation = await self._fetched(invocation)
        backend.launch(invocation)  # what it cannot do it refuses before anybody waits
        plan = plan_for(invocation, backend.parameters, self._new_id)
        leave = await self._quotas.enter(invocation.principal)
        run.settled.addCallback(lambda _: leave())
        place = await self._admission.enter(backend.name, invocation.principal)
        run.settled.addCallback(lambda _: place.leave())
        account.admitted()
        try:
            await self._attempts.carry_out(run, backend, plan, invocation, account)
        finally:
            if backend.name not in self._backends:  # it waited when that was turned off
                self._give_up(backend.name)
