"""The agent: what it does with the steps of its talk, with time and with death."""

from collections.abc import Sequence

from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.agent import Agent
from clinvoker.errors import (
    AgentDied,
    AgentGarbled,
    BackendMissing,
    BackendUnusable,
    ProviderOverloaded,
)
from clinvoker.framing import Record
from clinvoker.interfaces import IAgent, IBackend, IRun, ISpawner, ITalk
from clinvoker.model import Event, Invocation, Launch, Message, Text, TextDelta
from clinvoker.talk import Broken, Remove, Send, Step, Write
from clinvoker.testing.backend import MemorySpawner, PlainBackend, PlainTalk
from clinvoker.testing.process import MemoryChild

ASK = Invocation(model="", messages=(Message("user", (Text("hello"),)),))
LAUNCH = Launch(key="plain", arguments=("plain",))


class AgentTestCase(SynchronousTestCase):
    capacity = 1

    def setUp(self) -> None:
        self.clock = Clock()
        self.agent = Agent("plain", PlainTalk(self.capacity), LAUNCH, self.clock)
        self.child = MemoryChild(self.agent)
        self.heard: list[list[Event]] = []

    def begin(self) -> IRun:
        self.child.says({"ready": True})
        return self.agent.begin(ASK, lambda events: self.heard.append(list(events)))


class LifeTests(AgentTestCase):
    def test_interfaces(self) -> None:
        """What is promised is provided, by the fakes too."""
        self.assertTrue(verifyObject(IAgent, self.agent))
        self.assertTrue(verifyObject(ITalk, PlainTalk()))
        self.assertTrue(verifyObject(IBackend, PlainBackend()))
        self.assertTrue(verifyObject(ISpawner, MemorySpawner(self.clock)))

    def test_ready(self) -> None:
        """It greets, and is ready when the program says so, for early and late askers."""
        early = self.agent.when_ready()
        self.assertEqual([{"hello": True}], self.child.records)
        self.assertNoResult(early)
        self.child.says({"ready": True})
        self.assertIsNone(self.successResultOf(early))
        self.assertIsNone(self.successResultOf(self.agent.when_ready()))
        self.assertEqual("1.0", self.agent.identity.version)

    def test_ends_before_ready(self) -> None:
        """A program that ends at once is unusable, and its last words are told."""
        ready = self.agent.when_ready()
        self.child.err(b"error: unknown option '--acp'\n")
        self.child.exits(1)
        error = self.failureResultOf(ready, BackendUnusable).value
        self.assertIn("exit status 1", str(error))
        self.assertIn("unknown option '--acp'", str(error))

    def test_killed_before_ready(self) -> None:
        """One that is killed says nothing about its program: another may live."""
        ready = self.agent.when_ready()
        self.child.exits(signal=9)
        error = self.failureResultOf(ready, AgentDied).value
        self.assertIn("before it was ready (signal 9)", str(error))

    def test_never_started(self) -> None:
        """Why it could not be started is why it never is ready."""
        agent = Agent("plain", PlainTalk(), LAUNCH, self.clock)
        agent.processEnded(Failure(BackendMissing("gone")))
        self.failureResultOf(agent.when_ready(), BackendMissing)
        self.assertIsNone(self.successResultOf(agent.when_gone()))

    def test_retire_idle(self) -> None:
        """Without a run it ends at once."""
        self.assertIsNone(self.successResultOf(self.agent.retire()))
        self.assertEqual((["EOF"], True, 0), (self.child.signals, self.agent.used_up, self.agent.places))

    def test_retire_busy(self) -> None:
        """With a run it ends after that."""
        run = self.begin()
        gone = self.agent.retire()
        self.assertNoResult(gone)
        self.child.says({"run": 1, "done": True})
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertIsNone(self.successResultOf(gone))


class PatienceTests(AgentTestCase):
    def test_more_time(self) -> None:
        """A program that has stopped a turn and is being cleared of it has more time for that."""
        run = self.begin()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.child.says({"run": 1, "over": True})
        self.clock.advance(self.agent.interrupt_secs)
        self.assertTrue(self.child.alive)
        self.assertNoResult(run.settled)
        self.child.says({"run": 1, "stopped": True})
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertEqual((1, []), (self.agent.places, self.clock.getDelayedCalls()))

    def test_never_cleared(self) -> None:
        """But not for ever."""
        run = self.begin()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.child.says({"run": 1, "over": True})
        self.clock.advance(self.agent.forget_secs)
        self.assertFalse(self.child.alive)


class RunTests(AgentTestCase):
    def test_batch(self) -> None:
        """All events of one read come in one call, before the end does."""
        run = self.begin()
        self.child.says({"run": 1, "say": "a"}, {"run": 1, "say": "b"}, {"run": 1, "done": True})
        self.assertEqual(1, len(self.heard))
        self.assertEqual(3, len(self.heard[0]))
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertEqual(1, self.agent.places)

    def test_failure(self) -> None:
        """The program's failure is the run's, and the agent lives on."""
        run = self.begin()
        self.child.says({"run": 1, "fails": "now"})
        self.failureResultOf(run.ended, ProviderOverloaded)
        self.assertEqual(1, self.agent.places)

    def test_death(self) -> None:
        """A death in the middle fails the run after what was said."""
        run = self.begin()
        self.child.says({"run": 1, "say": "a"})
        self.child.exits(signal=9)
        self.assertIn("signal 9", str(self.failureResultOf(run.ended, AgentDied).value))
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertEqual([[TextDelta("a")]], self.heard)

    def test_rubbish(self) -> None:
        """Rubbish fails the run and ends the process."""
        run = self.begin()
        self.child.out(b"rubbish\n" * 20)
        self.failureResultOf(run.ended, AgentGarbled)
        self.assertEqual(["TERM"], self.child.signals)

    def test_talk_raises(self) -> None:
        """A record that the talk cannot bear is told as garbled output, and logged."""
        run = self.begin()
        self.child.says({"run": []})
        self.failureResultOf(run.ended, AgentGarbled)
        self.assertEqual(1, len(self.flushLoggedErrors(TypeError)))

    def test_next_after_slow_client(self) -> None:
        """A client that has yet to read the end of its answer holds nobody else's run up."""
        run = self.begin()
        run.pauseProducing()
        self.child.says({"run": 1, "say": "a"}, {"run": 1, "done": True})
        self.assertNoResult(run.ended)
        self.agent.begin(ASK, lambda events: None)
        self.assertTrue(self.child.reading)

    def test_kept_for_nobody(self) -> None:
        """A conversation whose client leaves before it has read the end is given up."""
        run = self.begin()
        run.pauseProducing()
        self.child.says({"run": 1, "say": "a"}, {"run": 1, "kept": True})
        self.assertEqual(1, self.agent.held)
        run.stopProducing()
        self.failureResultOf(run.ended, CancelledError)
        self.assertEqual({"forget": 1}, self.child.records[-1])
        self.assertEqual(0, self.agent.held)

    def test_exited(self) -> None:
        """One whose process has exited takes nothing more, though its pipes are still held open."""
        self.begin()
        self.child.says({"run": 1, "kept": True})
        self.child.exits(signal=9, pipes_held=True)
        self.assertTrue(self.agent.used_up)
        self.assertFalse(self.agent.holds(1))

    def test_pace(self) -> None:
        """A process that serves one run is held back by its client."""
        run = self.begin()
        run.pauseProducing()
        self.assertFalse(self.child.reading)
        run.resumeProducing()
        self.assertTrue(self.child.reading)

    def test_cancel(self) -> None:
        """Cancelling stops the turn by the program's own word; the agent stays."""
        run = self.begin()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.assertEqual({"stop": 1}, self.child.records[-1])
        self.assertEqual((1, 0), (self.agent.runs, self.agent.places))
        self.child.says({"run": 1, "stopped": True})
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertEqual((0, 1), (self.agent.runs, self.agent.places))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_cancel_unheeded(self) -> None:
        """A program that does not stop in time is ended."""
        run = self.begin()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.clock.advance(self.agent.interrupt_secs)
        self.assertEqual(["KILL"], self.child.signals)
        self.assertIsNone(self.successResultOf(run.settled))


class SharedTests(AgentTestCase):
    capacity = 2

    def test_slow_client(self) -> None:
        """One slow client never holds up the others' pipe."""
        slow, quick = self.begin(), self.begin()
        slow.pauseProducing()
        self.assertTrue(self.child.reading)
        self.child.says({"run": 1, "say": "a"}, {"run": 2, "say": "b"})
        self.assertEqual([[TextDelta("b")]], self.heard)
        self.child.says({"run": 2, "done": True})
        self.assertIsNone(self.successResultOf(quick.ended))
        slow.resumeProducing()
        self.assertEqual([TextDelta("a")], self.heard[-1])

    def test_unheeded_among_others(self) -> None:
        """A turn that does not stop takes the process with it only when no other run suffers."""
        stuck, other = self.begin(), self.begin()
        stuck.ended.cancel()
        self.failureResultOf(stuck.ended, CancelledError)
        self.clock.advance(self.agent.interrupt_secs)
        self.assertEqual(([], 0), (self.child.signals, self.agent.places))
        self.child.says({"run": 2, "done": True})
        self.assertIsNone(self.successResultOf(other.ended))
        self.assertEqual(["KILL"], self.child.signals)
        self.assertIsNone(self.successResultOf(stuck.settled))


class StepTests(SynchronousTestCase):
    def take(self, *steps: Step) -> Agent:
        class Talk(PlainTalk):
            def receive(self, record: Record) -> Sequence[Step]:
                return steps

        self.directory = FilePath(self.mktemp())
        self.directory.makedirs()
        agent = Agent("plain", Talk(), LAUNCH.placed(self.directory.path), Clock())
        self.child = MemoryChild(agent)
        self.child.says({"any": 1})
        return agent

    def test_files(self) -> None:
        """Files are written and removed below the private directory."""
        self.take(Write("a/b/c.md", "é"), Write("d", "x"), Remove("d"), Remove("none"))
        self.assertEqual("é".encode(), self.directory.descendant(["a", "b", "c.md"]).getContent())
        self.assertFalse(self.directory.child("d").exists())
        self.take(Write("a/b", "x"), Remove("a"))
        self.assertEqual([], self.directory.listdir())

    def test_unwritten(self) -> None:
        """A disk that takes no file is told as that, not as the words of the program; no path is told."""
        agent = self.take(Write("a", "x"), Write("a/b", "y"), Send({"never": "sent"}))
        error = self.failureResultOf(agent.when_ready(), BackendUnusable).value
        self.assertIn("cannot be given its files: File exists", str(error))
        self.assertNotIn(self.directory.path, str(error))
        self.assertEqual(["TERM"], self.child.signals)
        self.assertNotIn({"never": "sent"}, self.child.records)

    def test_broken(self) -> None:
        """A broken program fails who waits and ends."""
        agent = self.take(Broken(BackendUnusable("old")))
        self.failureResultOf(agent.when_ready(), BackendUnusable)
        self.assertEqual(["TERM"], self.child.signals)
