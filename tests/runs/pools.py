"""A pool over processes in memory: what the tests of it begin with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import cast

from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.interfaces import IRun
from clinvoker.model import Census, Event, Invocation, Launch, Message, Sampling, Text
from clinvoker.runs.service import Runs
from clinvoker.settings import Limits, Names, Pool
from clinvoker.testing.backend import MemorySpawner, PlainBackend
from clinvoker.testing.process import MemoryChild


class KeyedBackend(PlainBackend):
    """One launch for plain chats, another for each effort that is asked for."""

    def launch(self, invocation: Invocation) -> Launch:
        launch = super().launch(invocation)
        return replace(launch, key=f"{self.name} {invocation.sampling.effort}")


class PoolTestCase(SynchronousTestCase):
    """`warm` processes of one backend, which is named plain."""

    limits = Limits(processes=4)
    pool = Pool(warm={"plain": 2}, idle_secs=60)
    capacity, uses = 1, 1

    def setUp(self) -> None:
        self.clock = Clock()
        self.spawner = MemorySpawner(self.clock)
        self.runs = self.make_runs()
        self.told = 0  # children whose readiness was seen to

    def make_runs(self) -> Runs:
        backends = {
            "plain": KeyedBackend("plain", self.capacity, self.uses),
            "other": KeyedBackend("other", self.capacity, self.uses),
        }
        ids = count(1)
        return Runs(
            backends,
            self.spawner,
            self.limits,
            Names(),
            self.clock,
            lambda: f"call_{next(ids)}",
            pool=self.pool,
        )

    def ask(self, principal: str = "ada", model: str = "plain", effort: str = "") -> IRun:
        def hear(events: Sequence[Event]) -> None:
            """Nobody listens."""

        message = Message("user", (Text(principal),))
        sampling = Sampling(effort=effort)
        asked = Invocation(model=model, messages=(message,), principal=principal, sampling=sampling)
        run = self.runs.start(asked, hear)
        self.addCleanup(run.ended.addErrback, lambda reason: None)  # some tests leave it under way
        return run

    def ready(self) -> None:
        """Every process that starts is ready, and so are those that start for that reason."""
        while self.told < len(self.spawner.children):
            self.told += 1
            child = self.spawner.children[self.told - 1]
            if child.alive:
                child.says({"ready": True})

    def answer(self, child: MemoryChild, run: int = 1) -> None:
        child.says({"run": run, "say": "hi"}, {"run": run, "done": True})

    def exchange(self, principal: str = "ada") -> MemoryChild:
        """Ask and be answered; the process that did it."""
        before = {child: len(child.records) for child in self.spawner.children}
        self.ask(principal)
        self.ready()
        [child] = [child for child in self.busy if len(child.records) > max(before.get(child, 1), 1)]
        self.answer(child, cast("int", child.records[-1]["ask"]))
        return child

    @property
    def alive(self) -> list[MemoryChild]:
        return [child for child in self.spawner.children if child.alive]

    @property
    def busy(self) -> list[MemoryChild]:
        """Those that were asked something."""
        return [child for child in self.alive if len(child.records) > 1]

    def census(self, model: str = "plain") -> Census:
        [found] = [health.agents for health in self.runs.health() if health.name == model]
        return found
