"""Runs: from an invocation to an answer or a clear error, over agents in memory."""

from collections.abc import Sequence
from itertools import count

from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import (
    AgentDied,
    AnswerTooLong,
    BackendMissing,
    BackendUnusable,
    ProviderOverloaded,
    RateLimited,
    TimedOut,
    UnknownModel,
)
from clinvoker.interfaces import IRun, IRuns
from clinvoker.model import Event, Invocation, Message, Model, Text, TextDelta
from clinvoker.runs.attempts import BACKOFF_SECS
from clinvoker.runs.circuit import FIRST_SECS
from clinvoker.runs.service import Runs
from clinvoker.settings import Limits, Names
from clinvoker.testing.backend import MemorySpawner, PlainBackend
from clinvoker.testing.process import MemoryChild


class RunsTestCase(SynchronousTestCase):
    capacity, uses = 1, 1
    limits = Limits(runs=3, queue=2, processes=2)

    def setUp(self) -> None:
        self.clock = Clock()
        self.spawner = MemorySpawner(self.clock)
        backend = PlainBackend(capacity=self.capacity, uses=self.uses)
        ids = count(1)
        self.runs = Runs(
            {"plain": backend}, self.spawner, self.limits, Names(), self.clock, lambda: f"call_{next(ids)}"
        )
        self.heard: list[Event] = []

    def ask(self, text: str = "hello", model: str = "plain") -> IRun:
        def hear(events: Sequence[Event]) -> None:
            self.heard.extend(events)

        message = Message("user", (Text(text),))
        return self.runs.start(Invocation(model=model, messages=(message,)), hear)

    @property
    def child(self) -> MemoryChild:
        return self.spawner.children[-1]

    def answer(self, child: MemoryChild, run: int = 1) -> None:
        child.says({"run": run, "say": "hi"}, {"run": run, "done": True})


class AnswerTests(RunsTestCase):
    def test_interfaces(self) -> None:
        """What `web` is promised is provided."""
        self.assertTrue(verifyObject(IRuns, self.runs))
        self.assertTrue(verifyObject(IRun, self.ask()))

    def test_answer(self) -> None:
        """The first run starts a process, waits for it to be ready, and is answered."""
        run = self.ask("what?")
        self.assertEqual([{"hello": True}], self.child.records)
        self.child.says({"ready": True})
        self.assertEqual({"ask": 1, "text": "what?"}, self.child.records[-1])
        self.answer(self.child)
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertEqual(TextDelta("hi"), self.heard[0])

    def test_used_up(self) -> None:
        """A process that is used up ends after its run; nothing is left behind."""
        self.ask()
        self.child.says({"ready": True})
        self.answer(self.child)
        self.assertFalse(self.child.alive)
        self.assertEqual(0, self.runs.health()[0].processes)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_note(self) -> None:
        """What a program is found to lack, though it works, is logged once and shown in health."""
        told = []
        globalLogPublisher.addObserver(told.append)
        self.addCleanup(globalLogPublisher.removeObserver, told.append)
        for _ in range(2):
            self.ask()
            self.child.says({"ready": True}, {"ready": True, "note": "lacks this"})
            self.answer(self.child)
        self.assertEqual(["lacks this"], [event["note"] for event in told if "note" in event])
        self.assertEqual("lacks this", self.runs.health()[0].note)

    def test_unknown_model(self) -> None:
        """An unknown name fails through `ended`, tells the names there are, and starts nothing."""
        error = self.failureResultOf(self.ask(model="gpt-9").ended, UnknownModel).value
        self.assertEqual("model", error.param)
        self.assertIn("Known models: plain, plain-1.", str(error))
        self.assertEqual([], self.spawner.children)

    def test_missing(self) -> None:
        """A program that is not there is told, is shown in health, and its models are not listed."""
        self.assertEqual([Model("plain", "plain"), Model("plain-1", "plain")], self.runs.models())
        self.spawner.missing.add("plain")
        run = self.ask()
        self.failureResultOf(run.ended, BackendMissing)
        self.assertIsNone(self.successResultOf(run.settled))
        [health] = self.runs.health()
        self.assertEqual(("missing", 0), (health.state, health.processes))
        self.assertEqual([], self.runs.models())

    def test_crash_at_start(self) -> None:
        """A program that ends at once fails its run, and health remembers why until it works again."""
        run = self.ask()
        self.child.err(b"bad option\n")
        self.child.exits(1)
        self.failureResultOf(run.ended, BackendUnusable)
        [health] = self.runs.health()
        self.assertEqual("failing", health.state)
        self.assertIn("bad option", health.last_error)
        self.ask()
        self.clock.advance(FIRST_SECS)
        self.child.says({"ready": True})
        self.assertEqual(("ready", "1.0"), (self.runs.health()[0].state, self.runs.health()[0].version))

    def test_never_ready(self) -> None:
        """A program that says nothing is given up and ended."""
        run = self.ask()
        self.clock.advance(self.limits.ready_secs)
        self.assertIn("ready_secs", str(self.failureResultOf(run.ended, TimedOut).value))
        self.assertEqual(["KILL"], self.child.signals)


class PatienceTests(RunsTestCase):
    def begun(self) -> IRun:
        run = self.ask()
        self.child.says({"ready": True})
        return run

    def late(self, run: IRun, setting: str) -> None:
        self.assertIn(setting, str(self.failureResultOf(run.ended, TimedOut).value))
        self.assertEqual({"stop": 1}, self.child.records[-1])
        self.child.says({"run": 1, "stopped": True})
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_first_output(self) -> None:
        """No word at all for too long ends the run, and says which setting it was."""
        run = self.begun()
        self.clock.advance(self.limits.first_output_secs)
        self.late(run, "first_output_secs")

    def test_silence(self) -> None:
        """Silence in the middle counts from the last word."""
        run = self.begun()
        self.clock.advance(self.limits.first_output_secs - 1)
        self.child.says({"run": 1, "say": "a"})
        self.clock.advance(self.limits.idle_output_secs - 1)
        self.assertNoResult(run.ended)
        self.clock.advance(1)
        self.late(run, "idle_output_secs")

    def test_request(self) -> None:
        """However much is said, the whole has its time."""
        run = self.begun()
        for _ in range(9):
            self.clock.advance(100)
            if not self.heard or self.clock.seconds() < self.limits.request_secs:
                self.child.says({"run": 1, "say": "a"})
        self.late(run, "request_secs")


class LengthTests(RunsTestCase):
    limits = Limits(answer_bytes=1000)

    def test_too_long(self) -> None:
        """An answer without end is interrupted."""
        run = self.ask()
        self.child.says({"ready": True})
        self.child.says({"run": 1, "say": "x" * 900})
        self.assertNoResult(run.ended)
        self.child.says({"run": 1, "say": "x"})
        self.failureResultOf(run.ended, AnswerTooLong)
        self.assertEqual({"stop": 1}, self.child.records[-1])


class AgainTests(RunsTestCase):
    def fail_once(self, said: bool) -> IRun:
        run = self.ask()
        self.child.says({"ready": True})
        if said:
            self.child.says({"run": 1, "say": "a"})
        self.child.says({"run": 1, "fails": "now"})
        return run

    def test_passing_failure(self) -> None:
        """A failure that passes is tried again when nothing was said yet."""
        run = self.fail_once(said=False)
        self.assertNoResult(run.ended)
        self.clock.advance(BACKOFF_SECS)
        self.child.says({"ready": True})
        self.answer(self.child)
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertIsNone(self.successResultOf(run.settled))

    def test_after_words(self) -> None:
        """Once something was said there is no second try: text never comes twice."""
        run = self.fail_once(said=True)
        self.failureResultOf(run.ended, ProviderOverloaded)

    def test_bounded(self) -> None:
        """The tries are counted; the last failure is told."""
        run = self.fail_once(said=False)
        for attempt in range(self.limits.retries):
            self.clock.advance(BACKOFF_SECS * 2**attempt)
            self.child.says({"ready": True})
            self.child.says({"run": 1, "fails": "now"})
        self.failureResultOf(run.ended, ProviderOverloaded)
        self.assertEqual(1 + self.limits.retries, len(self.spawner.children))

    def test_lasting_failure(self) -> None:
        """A failure that does not pass is told at once."""
        run = self.ask()
        self.child.says({"ready": True}, {"run": 1, "fails": "for good"})
        self.failureResultOf(run.ended, RateLimited)

    def test_death_in_the_middle(self) -> None:
        """A death after words is told; the next run gets a new process."""
        run = self.ask()
        self.child.says({"ready": True})
        self.child.says({"run": 1, "say": "a"})
        self.child.exits(signal=11)
        self.failureResultOf(run.ended, AgentDied)
        self.ask()
        self.assertTrue(self.child.alive)


class LeavingTests(RunsTestCase):
    def test_before_ready(self) -> None:
        """Leaving before the process is ready keeps the process, blank, for the next."""
        run = self.ask()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.assertIsNone(self.successResultOf(run.settled))
        self.child.says({"ready": True})
        self.ask("next")
        self.assertEqual(1, len(self.spawner.children))
        self.assertEqual({"ask": 1, "text": "next"}, self.child.records[-1])

    def test_in_the_middle(self) -> None:
        """Leaving interrupts; the place is free when the program has stopped, not before."""
        run = self.ask()
        self.child.says({"ready": True})
        run.stopProducing()
        self.failureResultOf(run.ended, CancelledError)
        self.assertNoResult(run.settled)
        self.child.says({"run": 1, "stopped": True})
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_before_another_try(self) -> None:
        """Leaving between two tries ends it."""
        run = self.ask()
        self.child.says({"ready": True}, {"run": 1, "fails": "now"})
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_pace(self) -> None:
        """A client that does not read yet holds back a turn that has not begun yet."""
        run = self.ask()
        run.pauseProducing()
        self.child.says({"ready": True})
        self.assertFalse(self.child.reading)
        run.resumeProducing()
        self.assertTrue(self.child.reading)
