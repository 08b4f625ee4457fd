"""When processes end that could go on."""

from __future__ import annotations

from clinvoker.runs.looking import LOOK_SECS
from clinvoker.settings import Limits, Pool
from tests.runs.pools import PoolTestCase


class IdleTests(PoolTestCase):
    """`idle_secs`."""

    limits = Limits(processes=9, keep_secs=200)
    uses = 99

    def burst(self) -> None:
        """Five at once, all answered."""
        for _ in range(5):
            self.ask()
        self.ready()
        for child in self.busy:
            self.answer(child)

    def test_promised_stay(self) -> None:
        """Without traffic only the blank ones that were promised remain, and nothing is in the clock."""
        self.burst()
        self.assertEqual((5, 2), (self.census().idle, self.census().blank))
        self.clock.advance(60)
        self.assertEqual((0, 2), (self.census().idle, self.census().blank))
        self.assertEqual(2, len(self.alive))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_traffic(self) -> None:
        """Who is used stays: its time begins anew after each run."""
        self.burst()
        for _ in range(4):
            self.exchange()
            self.clock.advance(30)
        self.assertEqual((1, 2), (self.census().idle, self.census().blank))

    def test_conversation(self) -> None:
        """A conversation that is kept is not cut short; its process ends when that does."""
        self.ask()
        self.ready()
        child = self.spawner.children[0]
        child.says({"run": 1, "kept": True})
        self.clock.advance(199)
        self.assertEqual(1, self.census().holding)
        self.clock.advance(1)
        child.says({"run": 1, "done": True})
        self.assertEqual((1, 2), (self.census().idle, self.census().blank))
        self.clock.advance(60)
        self.assertEqual((0, 2), (self.census().idle, self.census().blank))


class WornTests(PoolTestCase):
    """`max_runs` and `max_agent_rss`."""

    pool = Pool(warm={"plain": 0}, max_runs=3, max_agent_rss=1000)
    uses = 99

    def test_runs(self) -> None:
        """After so many runs it ends."""
        for _ in range(2):
            self.assertTrue(self.exchange().alive)
        self.exchange()
        self.assertEqual([], self.alive)
        self.assertEqual(1, self.census().retired)

    def test_memory(self) -> None:
        """One that has grown too large ends after its run; it is not looked at all the time."""
        self.exchange()
        self.spawner.memory = 1001
        self.exchange()
        self.assertEqual(1, len(self.alive))
        self.clock.advance(LOOK_SECS)
        self.assertFalse(self.exchange().alive)

    def test_large_from_the_start(self) -> None:
        """One that is too large before it was used is used all the same: its like would be no smaller."""
        self.spawner.memory = 1001
        self.ask()
        self.ready()
        self.assertEqual(1, self.census().busy)


class BusyTests(PoolTestCase):
    """Only the idle end."""

    pool = Pool(warm={"plain": 0}, max_runs=1)
    capacity, uses = 2, 99

    def test_other_runs(self) -> None:
        """One that is to end takes nothing more, and lets what runs in it finish."""
        run = self.ask()
        self.ready()
        self.ask()
        self.assertEqual(2, len(self.spawner.children))
        self.answer(self.spawner.children[0])
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertFalse(self.spawner.children[0].alive)


class LargeTests(PoolTestCase):
    """A process that never is idle."""

    pool = Pool(warm={"plain": 0}, max_agent_rss=1000)
    capacity, uses = 2, 99

    def test_never_idle(self) -> None:
        """It is looked at too, and takes nothing more once it is too large."""
        self.ask()
        self.ready()
        self.spawner.memory = 1001
        self.clock.advance(LOOK_SECS)
        self.ask()
        self.assertEqual(2, len(self.spawner.children))
        self.answer(self.spawner.children[0])
        self.assertFalse(self.spawner.children[0].alive)
