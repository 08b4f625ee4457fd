"""
The agents of this node: a run gets one that lives, or one is started; some are kept ready ahead of need.

Whatever happens, `tidy` looks at all of it anew and does what is to be done: it keeps no plan that could
go wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime

from clinvoker.errors import BackendFailing, BackendMissing, BackendUnusable, ClinvokerError
from clinvoker.interfaces import Deliver, IBackend, IRun, ISpawner
from clinvoker.model import BackendHealth, Invocation, Launch
from clinvoker.runs.ahead import Ahead
from clinvoker.runs.alarm import Alarm
from clinvoker.runs.living import Live, Living
from clinvoker.runs.looking import Looking
from clinvoker.runs.refill import Refill
from clinvoker.runs.room import Room
from clinvoker.runs.shares import Shares
from clinvoker.runs.starting import Starter
from clinvoker.runs.waiting import Expected, Kind, Waiting, Wanted
from clinvoker.settings import Limits, Pool


class Agents:
    """
    Keeps agents.  `spare` is `Room`'s; where it says that a conversation is being given up, `given_up` is
    told later.
    """

    def __init__(
        self,
        spawner: ISpawner,
        clock: IReactorTime,
        limits: Limits,
        pool: Pool,
        jitter: Callable[[], float],
        spare: Callable[[str], bool],
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._pool = pool
        self._living = Living(limits, pool)
        self._waiting = Waiting()
        self._refill = Refill(pool, self._living)
        self._starter = Starter(
            spawner, clock, pool, limits, jitter, self._living, self.tidy, self._not_started
        )
        self._shares = Shares()
        self._memory = Looking(spawner, clock, pool, self._living)
        self._alarm = Alarm(clock, self.tidy)
        self._ahead = Ahead(clock, pool, self._living, self._refill, self._starter, self._memory, self._alarm)
        self._room = Room(self._living, self._starter.retire, spare)
        self._looking = self._again = self._closed = False

    async def begin(
        self, backend: IBackend, launch: Launch, invocation: Invocation, deliver: Deliver
    ) -> IRun:
        """
        Begin a run on an agent of this launch, which serves nobody but this principal.

        Fails with `Busy` if no process can be had in time, with `BackendFailing` if none is started for
        now, else as `IAgent.when_ready` does.
        """
        self._refill.in_use(backend)
        wanted = Wanted(backend, launch, invocation.principal)
        live = await self._place(wanted)
        live.promised -= 1
        run = live.agent.begin(invocation, deliver)
        run.settled.addCallback(lambda _: self._over(wanted.kind))
        return run

    def warm_up(self, backends: Iterable[IBackend]) -> None:
        """Make ready what is to be ready before anybody asks."""
        for backend in backends:
            self._refill.in_use(backend)
        self.tidy()

    def tidy(self) -> None:
        """Something has changed: look at all of it, and again as long as that changes something."""
        self._again = True
        if self._looking:
            return
        self._looking = True
        try:
            while self._again:
                self._again = False
                self._look()
        finally:
            self._looking = False

    def given_up(self) -> None:
        """A program has done with a conversation that was given up."""
        self._room.given_up()
        self.tidy()

    def health(self, backend: IBackend) -> BackendHealth:
        """How a backend is, by what its agents have done so far."""
        return self._starter.health(backend, self._living.of(backend.name))

    def renew(self, backend: str) -> None:
        """
        What lives of a backend ends after its turns, with the conversations it holds: these are told anew.
        Others take its place.
        """
        for live in self._living.of(backend):
            live.worn = True
            if live.ready and not live.leaving:
                self._starter.retire(live)
        self._starter.record(backend).circuit.succeeded()  # what failed may work now
        self.tidy()

    def forget(self, backend: str) -> None:
        """Nobody can ask for this backend any more."""
        self._refill.forget(backend)

    def keep_apart(self) -> None:
        """From now on a process serves one principal only; those that served any end."""
        if self._pool.shared:
            self._pool.shared = False
            for live in self._living:
                live.worn = live.worn or bool(live.begun)

    def close(self) -> None:
        """Start nothing ahead of need any more."""
        self._closed = True

    async def stop(self) -> None:
        """End all agents, by force those with runs; come back when they are gone."""
        self.close()
        gone = []
        for live in self._living:
            live.leaving = True
            gone.append(live.agent.retire())
            if live.agent.runs:
                live.agent.kill()
        await DeferredList(gone)
        self._alarm.stop()

    # --- within: one look

    def _look(self) -> None:
        self._alarm.clear()
        self._note()
        self._serve()
        self._start_for_requests()
        if not self._closed and not self._waiting and not self._living.starting():
            self._ahead.start()
        self._ahead.retire_surplus()
        self._alarm.set()

    def _note(self) -> None:
        """Since when who is idle; those that are to end and are idle end."""
        for live in self._living:
            if live.ready and live.since is None:  # it works, or has just ceased to
                self._memory.at(live)
                self._wear(live)
            if not live.idle:
                live.since = None
            elif live.since is None:
                live.since = self._clock.seconds()
            if live.idle and (live.worn or live.agent.used_up):
                self._starter.retire(live)

    def _serve(self) -> None:
        in_vain: dict[Kind, Wanted] = {}
        while (wanted := self._shares.next(self._waiting, in_vain)) is not None:
            live = self._living.serving(wanted.launch, wanted.principal)
            if live is None:
                in_vain[wanted.kind] = wanted
            elif live.idle and self._is_owed(live, wanted, in_vain.values()):
                self._starter.retire(live)
            else:
                self._use(live, wanted)

    def _is_owed(self, live: Live, wanted: Wanted, before: Iterable[Wanted]) -> bool:
        """Whether a process is to end for one of those before, although this request could use it."""
        stuck = [
            poor
            for poor in before
            if (
                self._living.crowded
                or (poor.backend.name == live.backend and self._living.full(live.backend))
            )
            and self._starter.record(poor.backend.name).circuit.state(self._clock.seconds()) == "closed"
            and self._shares.owe(wanted, poor)
        ]
        coming = sum(each.leaving or not each.ready for each in self._living) + self._room.sparing
        return len(stuck) > coming

    def _use(self, live: Live, wanted: Wanted) -> None:
        if not self._pool.shared:
            live.owner = wanted.principal
        live.key, live.since = wanted.launch.key, None
        live.promised += 1
        self._shares.begun(wanted.kind)
        self._starter.used(live)
        self._wear(live)
        self._waiting.serve(wanted, live)

    def _wear(self, live: Live) -> None:
        """It ends after so many runs; those that went on with a conversation never came by here."""
        live.worn = live.worn or live.agent.begun + live.promised >= self._pool.max_runs

    def _start_for_requests(self) -> None:
        expected = Expected(self._living, self._pool.shared)
        stuck: list[Wanted] = []
        for wanted in self._waiting:
            live = expected.count_on(wanted)
            if live is not None:
                wanted.counts_on = live
                self._starter.needed(live)
            elif not self._may_start(wanted):
                continue
            elif self._living.full(wanted.backend.name):
                stuck.append(wanted)
            else:
                self._start_for(wanted, expected)
        self._room.make(stuck)

    def _start_for(self, wanted: Wanted, expected: Expected) -> None:
        try:
            wanted.counts_on = live = self._starter.start(wanted.backend, wanted.launch)
        except BackendUnusable as error:
            self._waiting.fail(wanted, error)
            return
        expected.add(live)
        expected.count_on(wanted)
        self._starter.watch(live)

    def _may_start(self, wanted: Wanted) -> bool:
        """Whether the circuit lets it; if that is not to be waited for, the request fails."""
        now, name = self._clock.seconds(), wanted.backend.name
        record = self._starter.record(name)
        under_way = sum(live.backend == name for live in self._living.starting())
        if record.circuit.allows(now, under_way):
            return True
        refusal = record.circuit.refusal(now, under_way)
        if refusal and not self._living.might_serve(wanted.launch, wanted.principal):
            self._waiting.fail(wanted, BackendFailing(name, record.last_error, refusal))
        elif record.circuit.until > now:
            self._alarm.at(record.circuit.until)
        return False

    def _place(self, wanted: Wanted) -> Deferred[Live]:
        """Fires with a process that has a place, in which a run is to be begun at once."""
        place: Deferred[Live] = Deferred(lambda _: self._gave_up(wanted))
        wanted.place = place
        self._waiting.add(wanted)
        self.tidy()
        if not place.called:
            place.addTimeout(self._limits.queue_secs, self._clock, onTimeoutCancel=wanted.too_late)
        return place

    def _over(self, kind: Kind) -> None:
        self._shares.over(kind)
        self.tidy()

    def _gave_up(self, wanted: Wanted) -> None:
        self._waiting.drop(wanted)
        self.tidy()

    def _not_started(self, live: Live, error: ClinvokerError) -> None:
        if isinstance(error, BackendMissing):
            self._refill.forget(live.backend)
        self._waiting.fail_all(live, error)
        self.tidy()
