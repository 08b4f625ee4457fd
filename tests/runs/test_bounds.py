"""Runs among others: bounds, shared processes, the end of the daemon."""

from twisted.internet.defer import CancelledError, Deferred

from clinvoker.errors import Busy, Draining
from tests.runs.test_runs import RunsTestCase


class BoundsTests(RunsTestCase):
    def test_processes(self) -> None:
        """Past the bound of processes a run waits until one has ended."""
        for _ in range(3):
            self.ask()
        self.assertEqual(2, len(self.spawner.children))
        self.child.says({"ready": True})
        self.answer(self.child)
        self.assertEqual(3, len(self.spawner.children))

    def test_no_process_in_time(self) -> None:
        """The wait for a process is bounded."""
        runs = [self.ask() for _ in range(3)]
        for child in self.spawner.children:
            child.says({"ready": True})
        self.clock.advance(self.limits.queue_secs)
        self.failureResultOf(runs[-1].ended, Busy)

    def test_queue(self) -> None:
        """Past places and queue the answer is at once."""
        for _ in range(5):
            self.ask()
        self.failureResultOf(self.ask().ended, Busy)


class SharedTests(RunsTestCase):
    capacity, uses = 2, 1000

    def test_shared(self) -> None:
        """A process with places takes the next run too, and stays when they end."""
        self.ask()
        self.ask()
        self.assertEqual(1, len(self.spawner.children))
        self.child.says({"ready": True})
        self.answer(self.child, 1)
        self.answer(self.child, 2)
        self.assertTrue(self.child.alive)
        self.ask()
        self.assertEqual(1, len(self.spawner.children))


class DrainTests(RunsTestCase):
    def drain(self) -> "Deferred[None]":
        return Deferred.fromCoroutine(self.runs.drain())

    def test_idle(self) -> None:
        """With nothing under way it is done at once, and all processes have ended."""
        run = self.ask()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.child.says({"ready": True})
        self.assertIsNone(self.successResultOf(self.drain()))
        self.assertFalse(self.child.alive)

    def test_no_new(self) -> None:
        """While it drains, nothing new is taken."""
        self.drain()
        self.failureResultOf(self.ask().ended, Draining)

    def test_finishing(self) -> None:
        """What is under way may finish."""
        run = self.ask()
        self.child.says({"ready": True})
        drained = self.drain()
        self.assertNoResult(drained)
        self.answer(self.child)
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertIsNone(self.successResultOf(drained))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_interrupting(self) -> None:
        """What takes too long is interrupted and told so."""
        run = self.ask()
        self.child.says({"ready": True})
        drained = self.drain()
        self.clock.advance(self.limits.drain_secs)
        self.failureResultOf(run.ended, Draining)
        self.clock.advance(1)
        self.assertIsNone(self.successResultOf(drained))
        self.assertFalse(self.child.alive)
