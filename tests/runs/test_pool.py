"""Processes that are ready before they are asked for, and who gets which."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred

from clinvoker.errors import BackendMissing
from clinvoker.runs.looking import LOOK_SECS
from clinvoker.settings import Limits, Pool
from tests.runs.pools import PoolTestCase


class WarmTests(PoolTestCase):
    """Filling the pool."""

    def test_not_in_use(self) -> None:
        """Nothing is started for a backend that nobody asked for."""
        self.runs.warm_up()
        self.assertEqual([], self.spawner.children)

    def test_first_request(self) -> None:
        """The first request starts its own process, and then, one by one, those for the next ones."""
        self.ask()
        self.assertEqual(1, len(self.spawner.children))
        for number in (1, 2):
            self.spawner.children[-1].says({"ready": True})
            self.assertEqual(number + 1, len(self.spawner.children))
            self.assertEqual(1, self.census().starting)
        self.spawner.children[-1].says({"ready": True})
        self.assertEqual(3, len(self.spawner.children))
        self.assertEqual((1, 2), (self.census().busy, self.census().blank))

    def test_gives_way(self) -> None:
        """What is started ahead of need gives way to others, until a request waits for it."""
        self.ask()
        self.assertEqual([], self.spawner.ahead)
        self.spawner.children[0].says({"ready": True})
        self.assertEqual(self.spawner.children[1:], self.spawner.ahead)
        self.ask()
        self.assertEqual([], self.spawner.ahead)
        self.assertEqual(2, len(self.spawner.children))

    def test_warm(self) -> None:
        """A request that finds a process ready is asked at once, and another takes its place."""
        self.ask()
        self.ready()
        self.ask("bob")
        self.assertEqual({"ask": 1, "text": "bob"}, self.busy[-1].records[-1])
        self.ready()
        self.assertEqual((2, 2), (self.census().busy, self.census().blank))

    def test_killed(self) -> None:
        """One that is killed is replaced."""
        self.ask()
        self.ready()
        self.spawner.children[-1].exits(signal=9)
        self.clock.advance(1)
        self.ready()
        self.assertEqual(2, self.census().blank)

    def test_missing(self) -> None:
        """A program that is not there is looked for when somebody asks, and not in between."""
        self.spawner.missing.add("plain")
        self.failureResultOf(self.ask().ended, BackendMissing)
        self.assertEqual([], self.clock.getDelayedCalls())
        self.spawner.missing.clear()
        self.ask()
        self.ready()
        self.assertEqual(2, self.census().blank)

    def test_other_launch(self) -> None:
        """What is ready is ready for plain chats; others start on demand."""
        self.ask()
        self.ready()
        self.ask(effort="high")
        self.assertEqual(4, len(self.spawner.children))
        self.assertEqual((1, 2), (self.census().starting, self.census().blank))

    def test_drain(self) -> None:
        """Once the daemon stops nothing is started ahead of need, and nothing is left."""
        run = self.ask()
        self.spawner.children[0].says({"ready": True})
        drained = Deferred.fromCoroutine(self.runs.drain())
        self.spawner.children[1].says({"ready": True})
        self.assertEqual(2, len(self.spawner.children))
        self.answer(self.spawner.children[0])
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertIsNone(self.successResultOf(drained))
        self.assertEqual([], self.alive)
        self.assertEqual([], self.clock.getDelayedCalls())


class PrestartTests(PoolTestCase):
    """`prestart`."""

    pool = Pool(warm={"plain": 2}, prestart=("plain", "unknown"))

    def test_from_the_start(self) -> None:
        """They are made ready before anybody asks."""
        self.runs.warm_up()
        self.ready()
        self.assertEqual(2, self.census().blank)


class ColdTests(PoolTestCase):
    """`warm: 0`."""

    pool = Pool(warm={"plain": 0}, idle_secs=60)
    uses = 9

    def test_none(self) -> None:
        """No process is there but those that were asked for, and these end after their time."""
        self.ask()
        self.ready()
        self.answer(self.spawner.children[0])
        self.assertEqual(1, len(self.alive))
        self.clock.advance(60)
        self.assertEqual([], self.alive)
        self.assertEqual(1, len(self.spawner.children))
        self.assertEqual([], self.clock.getDelayedCalls())


class MemoryTests(PoolTestCase):
    """A machine that is short of memory."""

    pool = Pool(warm={"plain": 2}, max_rss=1000, min_available=500)

    def test_short(self) -> None:
        """Nothing is started ahead of need while it is, and it is looked again."""
        self.spawner.left = 499
        self.ask()
        self.ready()
        self.assertEqual(1, len(self.spawner.children))
        self.spawner.left = 500
        self.clock.advance(LOOK_SECS)
        self.ready()
        self.assertEqual(2, self.census().blank)

    def test_all_together(self) -> None:
        """Nor while all processes together take too much."""
        self.spawner.memory = 600
        self.ask()
        self.ready()
        self.assertEqual((1, 1, 1200), (self.census().busy, self.census().blank, self.census().memory))
        self.answer(self.spawner.children[0])
        self.ready()
        self.assertEqual((2, 1200), (self.census().blank, self.census().memory))


class BurstTests(PoolTestCase):
    """Many at once."""

    limits = Limits(processes=6)

    def setUp(self) -> None:
        super().setUp()
        self.ask()
        self.ready()
        self.answer(self.spawner.children[0])

    def test_burst(self) -> None:
        """Those that are ready go at once, the others start processes as far as there is room."""
        self.assertEqual(2, len(self.alive))
        for _ in range(10):
            self.ask()
        self.assertEqual((2, 4), (self.census().busy, self.census().starting))
        self.ready()
        self.assertEqual(6, self.census().busy)

    def test_first_free(self) -> None:
        """Who waits longest takes whichever is free first, and its own start serves the next."""
        for _ in range(4):
            self.ask()
        starting = [child for child in self.alive if len(child.records) == 1]
        self.assertEqual(2, len(starting))
        starting[1].says({"ready": True})
        self.assertEqual(1, len(starting[0].records))
        self.assertEqual(2, len(starting[1].records))

    def test_no_more_than_wait(self) -> None:
        """A request that gave up leaves its start to the next one."""
        runs = [self.ask() for _ in range(3)]
        runs[-1].ended.cancel()
        self.failureResultOf(runs[-1].ended, CancelledError)
        self.assertEqual(1, self.census().starting)
        self.ask()
        self.assertEqual(1, self.census().starting)


class RoomTests(PoolTestCase):
    """Where no further process may be started."""

    limits = Limits(processes=2)
    pool = Pool(warm={"plain": 1}, max_processes=3)
    uses = 9

    def test_other_kind(self) -> None:
        """An idle one of another launch makes room."""
        self.ask()
        self.ready()
        self.assertEqual((1, 1), (self.census().busy, self.census().blank))
        self.ask(effort="high")
        self.assertEqual((1, 1, 0), (self.census().busy, self.census().starting, self.census().blank))

    def test_used_first(self) -> None:
        """One that was used ends rather than one that is blank."""
        self.ask()
        self.ready()
        first = self.spawner.children[0]
        self.answer(first)
        self.ask("ada", effort="high")
        self.assertFalse(first.alive)
        self.assertEqual(1, self.census().blank)

    def test_other_backend(self) -> None:
        """Where all backends together have too many, an idle one of any ends."""
        self.ask()
        self.ready()
        self.ask(model="other")
        self.assertEqual(3, len(self.alive))
        self.ask(model="other")
        self.assertEqual([1, 2], [len(self.busy), self.census("other").starting])
        self.assertEqual(3, len(self.alive))

    def test_conversation(self) -> None:
        """Then the conversation that was left alone longest is given up."""
        self.ask()
        self.ready()
        self.ask("cyd")
        for child in self.alive:
            child.says({"run": 1, "kept": True})
        run = self.ask("bob")
        self.runs._agents.tidy()  # nothing more is given up while it takes its time
        first, second = self.alive
        self.assertEqual([{"forget": 1}, {"ask": 1, "text": "cyd"}], [first.records[-1], second.records[-1]])
        first.says({"run": 1, "done": True})
        self.assertFalse(first.alive)
        self.spawner.children[-1].says({"ready": True})
        self.assertEqual({"ask": 1, "text": "bob"}, self.spawner.children[-1].records[-1])
        self.assertNoResult(run.ended)
