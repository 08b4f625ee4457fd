"""A live child process, without a process."""

from collections.abc import Sequence

from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.framing import Garbled, Record
from clinvoker.process import IChild, LiveProcess, said
from clinvoker.testing.process import MemoryChild


class Listening(LiveProcess):
    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.told: list[object] = []

    def started(self) -> None:
        self.told.append("started")

    def received(self, records: Sequence[Record]) -> None:
        self.told.append(list(records))

    def garbled(self, error: Garbled) -> None:
        self.told.append("garbled")

    def ended(self, reason: Failure) -> None:
        self.told.append(said(reason))


class LiveProcessTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.process = Listening(self.clock)
        self.child = MemoryChild(self.process)

    def test_child(self) -> None:
        """The child in memory keeps the promise of a real one."""
        self.assertTrue(verifyObject(IChild, self.child))

    def test_records(self) -> None:
        """Records of one read come together; the last needs no newline."""
        self.child.says({"a": 1}, {"a": 2})
        self.child.out(b'{"a":3}')
        self.child.exits(7)
        self.assertEqual(["started", [{"a": 1}, {"a": 2}], [{"a": 3}], "exit status 7"], self.process.told)

    def test_garbled_once(self) -> None:
        """After garbled output nothing more is heard but the end."""
        self.child.out(b"x\n" * 20)
        self.child.out(b'{"a":1}\n')
        self.child.exits(signal=9)
        self.assertEqual(["started", "garbled", "signal 9"], self.process.told)

    def test_polite_end(self) -> None:
        """The end of stdin is enough for a program that heeds it."""
        gone = self.process.when_gone()
        self.process.finish()
        self.assertEqual(["EOF"], self.child.signals)
        self.assertIsNone(self.successResultOf(gone))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_insisting(self) -> None:
        """What does not heed the end of stdin gets SIGTERM, then SIGKILL."""
        self.child.deaf_to = ("EOF", "TERM")
        self.process.finish()
        self.process.finish()
        self.clock.advance(self.process.eof_secs)
        self.assertEqual(["EOF", "TERM"], self.child.signals)
        self.clock.advance(self.process.term_secs)
        self.assertEqual(["EOF", "TERM", "KILL"], self.child.signals)
        self.assertIsNone(self.successResultOf(self.process.when_gone()))

    def test_grandchild_holds_stdout(self) -> None:
        """Pipes that outlive the process are given up after a while."""
        gone = self.process.when_gone()
        self.child.exits(pipes_held=True)
        self.assertNoResult(gone)
        self.clock.advance(self.process.pipe_secs)
        self.assertIsNone(self.successResultOf(gone))

    def test_after_the_end(self) -> None:
        """Everything asked of a dead process is nothing."""
        self.child.exits()
        self.process.send({"a": 1})
        self.process.finish()
        self.process.terminate()
        self.process.kill()
        self.assertEqual((b"", []), (self.child.written, self.child.signals))

    def test_stderr(self) -> None:
        """The last words on stderr are kept, within a bound."""
        self.child.err(b"first\n" * 5000)
        self.child.err(b"unknown option " + b"x" * 1000 + b"\n\n")
        self.assertEqual("unknown option " + "x" * 285, self.process.stderr_line())
