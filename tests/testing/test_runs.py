"""Runs that a test carries out by hand keep the promises of real ones."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import AgentDied
from clinvoker.interfaces import IRun, IRuns
from clinvoker.model import Event, Finished, Invocation, Message, Text, TextDelta, Usage
from clinvoker.testing.runs import MemoryRuns

ASKED = Invocation(model="m", messages=(Message("user", (Text("hi"),)),))
END = Finished("stop", Usage())


class MemoryRunTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.got: list[Sequence[Event]] = []
        self.runs = MemoryRuns()
        self.one = self.runs.start(ASKED, self.got.append)

    def test_interfaces(self) -> None:
        """What they promise, they provide."""
        verifyObject(IRuns, self.runs)
        verifyObject(IRun, self.one)

    def test_end(self) -> None:
        """Events come in the batches they became known in; the end comes after the last of them."""
        self.one.hear(TextDelta("a"))
        self.assertNoResult(self.one.ended)
        self.one.hear(TextDelta("b"), END)
        self.assertEqual([[TextDelta("a")], [TextDelta("b"), END]], self.got)
        self.successResultOf(self.one.ended)
        self.successResultOf(self.one.settled)

    def test_pause(self) -> None:
        """A paused run holds its events and its end back."""
        self.one.pauseProducing()
        self.one.hear(TextDelta("a"), END)
        self.assertEqual([], self.got)
        self.assertNoResult(self.one.ended)
        self.one.resumeProducing()
        self.assertEqual([[TextDelta("a"), END]], self.got)
        self.successResultOf(self.one.ended)

    def test_cancelled(self) -> None:
        """A cancelled run delivers nothing more; it settles when the program has done with it."""
        self.one.stopProducing()
        self.failureResultOf(self.one.ended, CancelledError)
        self.assertNoResult(self.one.settled)
        self.one.hear(TextDelta("late"))
        self.one.fail(AgentDied("interrupted"))
        self.assertEqual([], self.got)
        self.successResultOf(self.one.settled)

    def test_failed(self) -> None:
        """A failed run ends with its error."""
        self.one.fail(AgentDied("died"))
        self.failureResultOf(self.one.ended, AgentDied)
        self.successResultOf(self.one.settled)
