"""Programs that do not start."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BackendFailing, BackendUnusable
from clinvoker.interfaces import IAgent
from clinvoker.runs.circuit import FIRST_SECS, PROBE_SECS, Circuit
from clinvoker.settings import Limits, Pool
from clinvoker.testing.backend import PlainBackend
from tests.runs.pools import KeyedBackend, PoolTestCase


class CircuitTests(SynchronousTestCase):
    """When a start may be made."""

    def setUp(self) -> None:
        self.chance = 0.5
        self.circuit = Circuit(Pool(failed_starts=4, pause_secs=30), lambda: self.chance)

    def test_backs_off(self) -> None:
        """Each failure doubles the wait for the next start, by chance more or less."""
        waits = []
        for self.chance in (0.5, 0.0, 1.0):
            self.circuit.failed(100)
            waits.append(self.circuit.until - 100)
        self.assertEqual([FIRST_SECS, FIRST_SECS, 6 * FIRST_SECS], waits)
        self.assertEqual("closed", self.circuit.state(100))
        self.assertFalse(self.circuit.allows(100, 0))
        self.assertEqual(0, self.circuit.refusal(100, 0))
        self.assertTrue(self.circuit.allows(103, 7))

    def test_opens(self) -> None:
        """After so many in a row nothing is started, and who asks is told for how long."""
        for _ in range(4):
            self.circuit.failed(100)
        self.assertEqual("open", self.circuit.state(129))
        self.assertEqual(1, self.circuit.refusal(129, 0))
        self.assertFalse(self.circuit.allows(129, 0))

    def test_half_open(self) -> None:
        """Then one is tried; while it is, others come back later."""
        for _ in range(4):
            self.circuit.failed(100)
        self.assertEqual("half-open", self.circuit.state(130))
        self.assertTrue(self.circuit.allows(130, 0))
        self.assertFalse(self.circuit.allows(130, 1))
        self.assertEqual((0, PROBE_SECS), (self.circuit.refusal(130, 0), self.circuit.refusal(130, 1)))
        self.circuit.failed(131)
        self.assertEqual(("open", 30), (self.circuit.state(132), self.circuit.refusal(131, 0)))

    def test_closes(self) -> None:
        """A success forgets all."""
        for _ in range(4):
            self.circuit.failed(100)
        self.circuit.succeeded()
        self.assertEqual("closed", self.circuit.state(100))
        self.assertTrue(self.circuit.allows(100, 9))


class FailingTests(PoolTestCase):
    """What requests see of it."""

    pool = Pool(warm={"plain": 1}, failed_starts=3, pause_secs=30)

    def crash(self) -> None:
        """What starts ends before it is ready."""
        for child in self.alive:
            child.err(b"bad option\n")
            child.exits(1)

    def break_down(self) -> None:
        """Three requests in vain."""
        for number in range(3):
            self.clock.advance(10)
            run = self.ask()
            self.assertEqual(number + 1, len(self.spawner.children))
            self.crash()
            self.failureResultOf(run.ended, BackendUnusable)

    def test_waits(self) -> None:
        """The start after a failed one is waited for."""
        self.ask()
        self.crash()
        run = self.ask()
        self.assertEqual(1, len(self.spawner.children))
        self.clock.advance(FIRST_SECS)
        self.assertEqual(2, len(self.spawner.children))
        self.assertNoResult(run.ended)

    def test_fault(self) -> None:
        """A backend whose own code fails harms nobody else, and nobody once it does not."""

        def agent(backend: KeyedBackend, *given: object) -> IAgent:
            if backend.name == "plain":
                raise ZeroDivisionError
            return PlainBackend.agent(backend, *given)  # type: ignore[arg-type]

        faulty = self.patch(KeyedBackend, "agent", agent)
        self.runs.warm_up()
        self.failureResultOf(self.ask().ended, BackendUnusable)
        self.ask(model="other")
        self.spawner.children[0].says({"ready": True})
        self.assertEqual((1, 0), (self.census("other").busy, self.census().starting))
        self.assertLess(0, len(self.flushLoggedErrors(ZeroDivisionError)))
        faulty.restore()
        self.clock.advance(10)
        self.ask()
        self.ready()
        self.assertEqual((1, 1), (self.census().busy, self.census().blank))

    def test_open(self) -> None:
        """F149: after three in a row requests are refused, told when to come back and what was said."""
        self.break_down()
        error = self.failureResultOf(self.ask().ended, BackendFailing).value
        self.assertEqual(30, error.retry_after)
        self.assertIn("bad option", str(error))
        self.assertEqual(1, str(error).count("Try `clinvk doctor`."))
        self.assertEqual(3, len(self.spawner.children))
        self.assertEqual(("open", 3), (self.census().circuit, self.census().crashed))
        self.assertEqual("failing", self.runs.health()[1].state)

    def test_left_alone(self) -> None:
        """Nothing is tried again ahead of need."""
        self.break_down()
        self.clock.advance(1000)
        self.assertEqual(3, len(self.spawner.children))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_half_open(self) -> None:
        """After its time one request tries, others are refused; a success opens the way to all."""
        self.break_down()
        self.clock.advance(30)
        self.assertEqual("half-open", self.census().circuit)
        run = self.ask()
        self.failureResultOf(self.ask().ended, BackendFailing)
        self.assertEqual(4, len(self.spawner.children))
        self.spawner.children[-1].says({"ready": True})
        self.assertNoResult(run.ended)
        self.assertEqual("closed", self.census().circuit)
        self.ready()
        self.assertEqual((1, 1), (self.census().busy, self.census().blank))

    def test_half_open_again(self) -> None:
        """A failure closes it for as long again."""
        self.break_down()
        self.clock.advance(30)
        run = self.ask()
        self.crash()
        self.failureResultOf(run.ended, BackendUnusable)
        self.assertEqual(30, self.failureResultOf(self.ask().ended, BackendFailing).value.retry_after)

    def test_living(self) -> None:
        """Processes that live serve on, and who may have one of them waits for it."""
        self.ask()
        self.ready()
        self.break_down_ahead()
        self.assertEqual("open", self.census().circuit)
        self.failureResultOf(self.ask().ended, BackendFailing)
        self.assertEqual(1, self.census().busy)

    def break_down_ahead(self) -> None:
        """What is started ahead of need dies as soon as it is ready."""
        for _ in range(3):
            self.ready()
            self.spawner.children[-1].exits(1)
            self.clock.advance(5)

    def test_dies_when_ready(self) -> None:
        """A program that dies soon after it was ready is not started again and again."""
        self.ask()
        self.ready()
        self.break_down_ahead()
        self.clock.advance(1000)
        self.assertEqual(4, len(self.spawner.children))


class SharedStartTests(PoolTestCase):
    """Requests that wait for one process."""

    capacity, uses = 2, 99
    limits = Limits(processes=4)

    def test_crash(self) -> None:
        """Those that counted on it fail with it, others do not."""
        runs = [self.ask() for _ in range(3)]
        self.assertEqual(2, len(self.spawner.children))
        self.spawner.children[0].exits(1)
        for run in runs[:2]:
            self.failureResultOf(run.ended, BackendUnusable)
        self.assertNoResult(runs[2].ended)
