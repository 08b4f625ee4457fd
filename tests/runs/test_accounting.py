"""What answers used, as runs tell it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from clinvoker.interfaces import IRun
from clinvoker.model import Event, Finished, Invocation, Message, Started, Text, TextDelta, Usage, Used
from clinvoker.runs.accounting import Account
from clinvoker.runs.service import Runs
from clinvoker.settings import Names
from clinvoker.testing.backend import PlainBackend
from tests.runs.test_runs import RunsTestCase

ASKED = Invocation(model="fast", messages=(Message("user", (Text("hello"),)),), principal="ada")
ONE = Usage(input=1, output=1)


class AccountingTests(RunsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.used: list[Used] = []
        self.runs = Runs(
            {"plain": PlainBackend()},
            self.spawner,
            self.limits,
            Names(configured={"fast": "plain/plain-1"}),
            self.clock,
            lambda: "call_1",
            count=self.used.append,
        )

    def begun(self, model: str = "fast") -> IRun:
        """A run whose program is ready; the account as it was at each piece of its answer is heard."""

        def hear(events: Sequence[Event]) -> None:
            self.seen = len(self.used)

        run = self.runs.start(replace(ASKED, model=model), hear)
        self.child.says({"ready": True})
        return run

    def test_whole(self) -> None:
        """An answer is counted once, before its client has it: for its key, by what the name meant."""
        run = self.begun()
        self.answer(self.child)
        self.successResultOf(run.ended)
        self.assertEqual([Used(principal="ada", backend="plain", model="plain-1", usage=ONE)], self.used)
        self.assertEqual(1, self.seen)

    def test_program_chooses(self) -> None:
        """Where the program chooses the model and does not tell, it has no name."""
        self.begun("plain")
        self.answer(self.child)
        self.assertEqual([""], [each.model for each in self.used])

    def test_failed(self) -> None:
        """One that failed in the middle, or whose client left, is not counted: nobody knows it."""
        failing = self.begun()
        self.child.says({"run": 1, "say": "hi"})
        self.child.exits(1)
        self.failureResultOf(failing.ended)
        leaving = self.begun()
        leaving.ended.cancel()
        self.failureResultOf(leaving.ended)
        self.assertEqual([], self.used)


class ToldModelTests(RunsTestCase):
    def test_told(self) -> None:
        """The provider's name for what answers goes before what was asked for."""
        used: list[Used] = []
        account = Account("ada", self.heard.extend, used.append)
        account.open("plain", "fast")
        account.deliver([Started("plain-1-2026"), TextDelta("hi")])
        account.deliver([Finished("stop", ONE)])
        self.assertEqual(Used(principal="ada", backend="plain", model="plain-1-2026", usage=ONE), used[0])
        self.assertEqual(3, len(self.heard))
