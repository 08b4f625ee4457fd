"""
Having processes started, and seeing to it that each is ready in time or is done with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from clinvoker.errors import BackendMissing, BackendUnusable, ClinvokerError, TimedOut
from clinvoker.interfaces import IBackend, ISpawner
from clinvoker.model import BackendHealth, Launch
from clinvoker.runs.circuit import Circuit
from clinvoker.runs.living import Live, Living
from clinvoker.runs.records import Record
from clinvoker.settings import Limits, Pool


class Starter:
    """
    Adds to `living` what it starts, and removes what has ended.

    `changed` is told when a process became ready or has ended; `failed` when one did not become ready.
    """

    _log = Logger()

    def __init__(
        self,
        spawner: ISpawner,
        clock: IReactorTime,
        pool: Pool,
        limits: Limits,
        jitter: Callable[[], float],
        living: Living,
        changed: Callable[[], None],
        failed: Callable[[Live, ClinvokerError], None],
    ) -> None:
        self._spawner = spawner
        self._clock = clock
        self._pool = pool
        self._limits = limits
        self._jitter = jitter
        self._living = living
        self._changed = changed
        self._failed = failed
        self._records: dict[str, Record] = {}

    def record(self, backend: str) -> Record:
        """What is remembered of a backend."""
        if backend not in self._records:
            self._records[backend] = Record(Circuit(self._pool, self._jitter))
        return self._records[backend]

    def health(self, backend: IBackend, lives: Iterable[Live]) -> BackendHealth:
        """How a backend is, by what its processes have done so far."""
        path = self._spawner.locate(backend)
        return self.record(backend.name).health(backend.name, path, [*lives], self._clock.seconds())

    def start(self, backend: IBackend, launch: Launch, ahead: bool = False) -> Live:
        """
        Have a process started.  `watch` comes next.

        Raises `BackendUnusable` where the backend itself is at fault: users of others must not notice.
        """
        self.record(backend.name).started += 1
        launch = replace(launch, reuse=self._pool.reuse == "blank")
        try:
            agent = self._spawner.spawn(backend, launch, ahead)
        except Exception:
            self._log.failure("the backend {backend} failed to make an agent", backend=backend.name)
            error = BackendUnusable(f"{backend.name} failed to start; see the daemon's log.", backend.name)
            self._note(backend.name, error)
            raise error from None
        live = Live(agent, backend.name, launch.key, ahead)
        self._living.add(live)
        return live

    def watch(self, live: Live) -> None:
        """Learn what becomes of it; that may be known at once."""
        ready = live.agent.when_ready()
        ready.addTimeout(self._limits.ready_secs, self._clock, onTimeoutCancel=_not_ready(live.backend))
        ready.addCallbacks(lambda _: self._is_ready(live), lambda failure: self._is_not(live, failure))
        live.agent.when_gone().addCallback(lambda _: self._gone(live))

    def needed(self, live: Live) -> None:
        """Somebody waits for it: it need not give way any more."""
        if live.ahead:
            live.ahead = False
            self._spawner.hurry(live.agent)

    def used(self, live: Live) -> None:
        """It is of use: what was started ahead of need proves itself here."""
        live.begun += 1
        if live.begun == 1:
            self.record(live.backend).circuit.succeeded()
        else:
            self.record(live.backend).reused += 1

    def retire(self, live: Live) -> None:
        """Have an idle one end."""
        if live.agent.used_up and not live.begun:
            self._died_blank(live)
        self._tell(live)
        live.leaving = True
        self.record(live.backend).retired += 1
        live.agent.retire()

    # --- within

    def _tell(self, live: Live) -> None:
        """Log, once, what the program was found to lack."""
        record, note = self.record(live.backend), live.agent.identity.note
        if note and note != record.note:
            record.note = note
            self._log.warn("{backend} {note}", backend=live.backend, note=note)

    def _is_ready(self, live: Live) -> None:
        record = self.record(live.backend)
        record.identity, record.state = live.agent.identity, "ready"
        live.ready = True
        if not live.ahead:
            record.circuit.succeeded()
        self._changed()

    def _is_not(self, live: Live, failure: Failure) -> None:
        failure.trap(ClinvokerError)
        error = failure.value
        assert isinstance(error, ClinvokerError)
        if not live.leaving:
            live.leaving = True
            self._note(live.backend, error)
            self._failed(live, error)
        live.agent.kill()

    def _note(self, backend: str, error: ClinvokerError) -> None:
        record = self.record(backend)
        record.state, record.last_error = "failing", error.message
        if not isinstance(error, BackendMissing):  # which only who installs it can change
            record.crashed += 1
            record.circuit.failed(self._clock.seconds())

    def _gone(self, live: Live) -> None:
        self._living.remove(live)
        if live.ready and not live.leaving and not live.begun:
            self._died_blank(live)
        self._changed()

    def _died_blank(self, live: Live) -> None:
        """A program that ends by itself soon after it was ready must not be started again and again."""
        now, circuit = self._clock.seconds(), self.record(live.backend).circuit
        if live.since is None or now - live.since > self._pool.pause_secs:
            circuit.succeeded()  # that one was sound for long
        circuit.failed(now)


def _not_ready(backend: str) -> Callable[[object, float], None]:
    def late(_: object, secs: float) -> None:
        raise TimedOut(f"{backend} was not ready within {secs:g} seconds (limits.ready_secs).", backend)

    return late
