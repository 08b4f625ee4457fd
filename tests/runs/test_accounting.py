"""What answers used, as runs tell it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from clinvoker.interfaces import IRun
from clinvoker.model import Event, Facts, Finished, Invocation, Message, Started, Text, TextDelta, Usage, Used
from clinvoker.runs.accounting import Account, unwatched
from clinvoker.runs.service import Runs
from clinvoker.settings import Names
from clinvoker.testing.backend import PlainBackend
from clinvoker.tokens import of_invocation
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
        """Of one that failed in the middle it is counted what was asked and said, as far as can be told."""
        failing = self.begun()
        self.child.says({"run": 1, "say": "eight letters"})
        self.child.exits(1)
        self.failureResultOf(failing.ended)
        told = Usage(input=of_invocation(ASKED), output=4)
        self.assertEqual([Used(principal="ada", backend="plain", model="plain-1", usage=told)], self.used)

    def test_left(self) -> None:
        """Who leaves just before the end pays for what he had, once."""
        leaving = self.begun()
        self.child.says({"run": 1, "say": "eight"}, {"run": 1, "say": "letters"})
        leaving.ended.cancel()
        self.failureResultOf(leaving.ended)
        self.child.says({"run": 1, "done": True})
        self.assertEqual([3], [each.usage.output for each in self.used])

    def test_left_at_the_end(self) -> None:
        """Who leaves when the answer was whole is counted as every other."""
        run = self.begun()
        self.answer(self.child)
        run.ended.cancel()
        self.assertEqual([ONE], [each.usage for each in self.used])

    def test_nothing_said(self) -> None:
        """One of which nothing came is not counted: nobody knows whether it was asked of the provider."""
        leaving = self.begun()
        leaving.ended.cancel()
        self.failureResultOf(leaving.ended)
        self.assertEqual([], self.used)


class ToldModelTests(RunsTestCase):
    def test_told(self) -> None:
        """The provider's name for what answers goes before what was asked for."""
        used: list[Used] = []
        account = Account(ASKED, self.heard.extend, used.append, unwatched, self.clock)
        account.open("plain", "fast")
        account.deliver([Started("plain-1-2026"), TextDelta("hi")])
        account.deliver([Finished("stop", ONE)])
        self.assertEqual(Used(principal="ada", backend="plain", model="plain-1-2026", usage=ONE), used[0])
        self.assertEqual(3, len(self.heard))


class FactsTests(RunsTestCase):
    """What is told of each run once it is over."""

    def setUp(self) -> None:
        super().setUp()
        self.facts: list[Facts] = []
        backends, names = {"plain": PlainBackend()}, Names(configured={"fast": "plain/plain-1"})
        self.runs = Runs(
            backends, self.spawner, self.limits, names, self.clock, lambda: "call_1", watch=self.facts.append
        )

    def begin(self, model: str = "fast") -> IRun:
        run = self.runs.start(replace(ASKED, model=model, request_id="r1"), lambda events: None)
        self.addCleanup(run.ended.addErrback, lambda reason: None)
        return run

    def test_whole(self) -> None:
        """Who answered, and when what happened, once."""
        self.begin()
        self.clock.advance(2)
        self.child.says({"ready": True})
        self.clock.advance(1)
        self.answer(self.child)
        [facts] = self.facts
        self.assertEqual(
            ("r1", "ada", "plain", "plain-1"), (facts.request_id, facts.principal, facts.backend, facts.model)
        )
        self.assertEqual(("done", ONE, 1), (facts.outcome, facts.usage, facts.attempts))
        self.assertEqual((0.0, 3.0, 3.0), (facts.admitted, facts.first, facts.total))

    def test_left(self) -> None:
        """One whose client left."""
        run = self.begin()
        run.ended.cancel()
        self.assertEqual([("left", None)], [(each.outcome, each.usage) for each in self.facts])

    def test_refused(self) -> None:
        """One that nobody answers to."""
        self.begin("nobody")
        [facts] = self.facts
        self.assertEqual(
            ("model_not_found", "", "nobody", 0), (facts.outcome, facts.backend, facts.model, facts.attempts)
        )
