"""The pool under whatever happens in whatever order."""

from __future__ import annotations

import os
from collections.abc import Mapping

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import Busy, ClinvokerError
from clinvoker.interfaces import IAgent, IBackend, IRun
from clinvoker.model import Invocation, Launch, Message, Sampling, Text
from clinvoker.runs.service import Runs
from clinvoker.settings import Limits, Names, Pool
from clinvoker.testing.backend import MemorySpawner, PlainBackend
from clinvoker.testing.process import MemoryChild
from tests.runs.pools import KeyedBackend

LIMITS = Limits(
    runs=6,
    parked=2,
    parked_secs=40,
    queue=3,
    processes=3,
    kept=2,
    keep_secs=40,
    queue_secs=50,
    ready_secs=20,
    retries=1,
    request_secs=200,
)
WARM = {"single": 2, "reused": 1, "shared": 1}
BACKENDS = {
    "single": KeyedBackend("single", 1, 1),  # as a program that cannot forget
    "reused": KeyedBackend("reused", 1, 4),
    "shared": KeyedBackend("shared", 2, 1000),
}
POOL = Pool(warm=WARM, max_processes=7, idle_secs=30, max_runs=5, failed_starts=3, pause_secs=15)
EXAMPLES = int(os.environ.get("CLINVOKER_TEST_EXAMPLES", "60"))
SOME = st.integers(0, 99)


class WatchedSpawner(MemorySpawner):
    """Sees to it that no process is started without need, and remembers of which backend each is."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.backends: list[str] = []
        self.runs: Runs

    def spawn(self, backend: IBackend, launch: Launch, ahead: bool = False) -> IAgent:
        agents = self.runs._agents
        starting = [live.key for live in agents._living.starting()]
        waiting = [wanted.launch.key for wanted in agents._waiting]
        if ahead:
            assert not starting + waiting, "one at a time, and not while somebody waits"
        else:
            assert starting.count(launch.key) < waiting.count(launch.key), "not more than wait"
        self.backends.append(backend.name)
        return super().spawn(backend, launch, ahead)


class PoolMachine(RuleBasedStateMachine):
    """Requests, programs and time, at random."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.spawner = WatchedSpawner(self.clock)
        numbers = iter(range(1_000_000))
        backends: Mapping[str, PlainBackend] = BACKENDS
        self.runs = self.spawner.runs = Runs(
            backends, self.spawner, LIMITS, Names(), self.clock, lambda: f"c{next(numbers)}", pool=POOL
        )
        self.asked: list[IRun] = []
        self.outcomes: list[object] = []
        self.settled = 0

    # --- what can happen

    @rule(model=st.sampled_from([*WARM]), who=st.sampled_from("ab"), effort=st.sampled_from(["", "", "high"]))
    def ask(self, model: str, who: str, effort: str) -> None:
        message = Message("user", (Text(who),))
        sampling = Sampling(effort=effort)
        asked = Invocation(model=model, messages=(message,), principal=who, sampling=sampling)
        run = self.runs.start(asked, lambda events: None)
        run.ended.addBoth(self.outcomes.append)
        run.settled.addCallback(self.one_settled)
        self.asked.append(run)

    @precondition(lambda self: self.asked)
    @rule(which=SOME)
    def cancel(self, which: int) -> None:
        run = self.asked[which % len(self.asked)]
        if not run.ended.called:
            run.ended.cancel()

    @precondition(lambda self: self.alive)
    @rule(which=SOME)
    def become_ready(self, which: int) -> None:
        self.be_ready(self.alive[which % len(self.alive)])

    @precondition(lambda self: self.alive)
    @rule(which=SOME, word=st.sampled_from(["done", "kept", "calls", "fails"]))
    def answer(self, which: int, word: str) -> None:
        child = self.alive[which % len(self.alive)]
        if open_runs := self.open_runs(child):
            value: object = {"calls": [["c", "f", "{}"]], "fails": "now"}.get(word, True)
            child.says({"run": open_runs[which % len(open_runs)], word: value})

    @precondition(lambda self: self.alive)
    @rule(which=SOME, deaf=st.booleans())
    def die(self, which: int, deaf: bool) -> None:
        child = self.alive[which % len(self.alive)]
        if deaf:
            child.deaf_to = ("EOF",)
        else:
            child.exits(signal=9)

    @precondition(lambda self: self.alive)
    @rule(which=SOME)
    def obey(self, which: int) -> None:
        self.do_as_told(self.alive[which % len(self.alive)])

    @rule(secs=st.sampled_from([0.3, 1, 5, 25, 70]))
    def pass_time(self, secs: float) -> None:
        self.clock.pump([secs / 5] * 5)

    # --- what always holds

    @invariant()
    def bounded(self) -> None:
        both = zip(self.spawner.backends, self.spawner.children, strict=True)
        living = [name for name, child in both if child.alive]
        assert len(living) <= POOL.max_processes
        assert all(living.count(name) <= LIMITS.processes for name in WARM)

    @invariant()
    def isolated(self) -> None:
        for child in self.spawner.children:
            assert len({record["text"] for record in child.records if "text" in record}) <= 1

    @invariant()
    def one_timer_of_ours(self) -> None:
        rings = [c for c in self.clock.getDelayedCalls() if c.func == self.runs._agents.tidy]
        assert len(rings) <= 1

    def teardown(self) -> None:
        """With quiet, everything is over, the pool is full, and nothing is in the clock."""
        for _ in range(80):  # longer than anything is kept
            for child in self.alive:
                self.be_ready(child)
                self.do_as_told(child)
                for run in self.open_runs(child):
                    child.says({"run": run, "done": True})
            self.clock.advance(5)
        assert len(self.outcomes) == self.settled == len(self.asked)
        assert all(outcome is None or _is_clear(outcome) for outcome in self.outcomes)
        for health in self.runs.health():
            assert health.runs == 0
            if health.agents.circuit == "closed" and health.name in self.runs._agents._refill._promises:
                assert health.agents.blank == health.processes == WARM[health.name], health
        assert self.clock.getDelayedCalls() == []

    # --- within

    @property
    def alive(self) -> list[MemoryChild]:
        return [child for child in self.spawner.children if child.alive]

    def one_settled(self, _: object) -> None:
        self.settled += 1

    def be_ready(self, child: MemoryChild) -> None:
        if not getattr(child, "was_ready", False):
            child.was_ready = True  # type: ignore[attr-defined]
            child.says({"ready": True})

    def open_runs(self, child: MemoryChild) -> list[object]:
        """Those that it was asked for and has not ended, by what its agent believes."""
        return [*child.protocol._turns]  # type: ignore[attr-defined]

    def do_as_told(self, child: MemoryChild) -> None:
        """Stop and forget what it was told to."""
        for record in child.records:
            for word in ("stop", "forget"):
                if word in record and record[word] in self.open_runs(child):
                    child.says({"run": record[word], "stopped": True})


def _is_clear(outcome: object) -> bool:
    """An error of ours, or the cancellation that was asked for."""
    error = getattr(outcome, "value", None)
    return isinstance(error, ClinvokerError | Busy) or type(error).__name__ == "CancelledError"


class InterleavingTests(SynchronousTestCase):
    """The machine, many times."""

    def test_anything(self) -> None:
        """No place is lost, no bound exceeded, no process shared by two; with quiet the pool is full."""
        how = settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None)
        run_state_machine_as_test(PoolMachine, settings=how)  # type: ignore[no-untyped-call]
