"""A key's place (`concurrent`) is free again however an answer ends, and while its conversation is held."""

from __future__ import annotations

from time import gmtime, strftime

from msgspec.structs import replace
from twisted.internet.defer import CancelledError

from clinvoker.errors import AgentDied, Busy, KeyRateLimited
from clinvoker.keys import Allowance
from clinvoker.model import Message, ToolCall
from clinvoker.runs.quotas import Quotas
from clinvoker.runs.service import Runs
from clinvoker.settings import Limits, Names, Pool
from clinvoker.testing.backend import PlainBackend
from tests.runs.test_parked import ASK, CALLING, RESULT, ParkingTestCase

ONE = Allowance(concurrent=1)


class PlaceTests(ParkingTestCase):
    limits = Limits(runs=3, queue=2, processes=3, parked=2, retries=0)
    uses = 100

    def setUp(self) -> None:
        super().setUp()
        day = lambda at: strftime("%Y-%m-%d", gmtime(at))  # noqa: E731
        self.runs = Runs(
            {"plain": PlainBackend(uses=self.uses)},
            self.spawner,
            self.limits,
            Names(),
            self.clock,
            lambda: "call_1",
            pool=Pool(warm={"plain": 0}),
            quotas=Quotas(self.clock, day, lambda name: ONE),
        )

    def is_taken(self) -> None:
        self.failureResultOf(self.ask_for(ASK).ended, KeyRateLimited)

    def is_free(self) -> None:
        """One may begin, and while it is under way no other."""
        run = self.ask_for(ASK)
        self.assertNoResult(run.ended)
        self.is_taken()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)

    def test_parked(self) -> None:
        """A turn that waits for the client's tools has no place; it takes one as it goes on."""
        self.park()
        said: list[Message] = [CALLING, RESULT]
        for turn in (2, 3):
            run = self.follow(*said)
            self.assertEqual(turn, self.child.records[-1]["go"])
            self.is_taken()
            self.child.says({"run": turn, "calls": [[f"c{turn}", "weather", "{}"]]})
            self.successResultOf(run.ended)
            call = ToolCall(f"c{turn}", "weather", "{}")
            said += [Message("assistant", (), (call,)), replace(RESULT, call_id=call.id)]
        self.is_free()

    def test_given_up(self) -> None:
        """A turn that was given up, because nobody came back, has none either."""
        self.park()
        self.clock.advance(self.limits.parked_secs)
        self.is_free()

    def test_died(self) -> None:
        """A process that dies in the middle of a turn that went on gives it back."""
        self.park()
        run = self.follow(CALLING, RESULT)
        self.child.exits(1)
        self.failureResultOf(run.ended, AgentDied)
        self.is_free()

    def test_left(self) -> None:
        """Who leaves gives it back once the program has stopped, not before: else he had two at work."""
        run = self.ask_for(ASK)
        self.child.says({"ready": True}, {"run": 1, "say": "hi"})
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.is_taken()
        self.child.says({"run": 1, "stopped": True})
        self.successResultOf(run.settled)
        self.is_free()

    def test_left_in_the_queue(self) -> None:
        """So does who leaves, or is sent away, while all places of the daemon are taken."""
        others = [self.runs.start(replace(ASK, principal=f"b{n}"), self.heard.extend) for n in range(3)]
        for child in self.spawner.children:
            child.says({"ready": True})
        run = self.ask_for(ASK)
        self.is_taken()
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        late = self.ask_for(ASK)
        self.clock.advance(self.limits.queue_secs)
        self.failureResultOf(late.ended, Busy)
        for other in others:
            other.ended.addErrback(lambda reason: None)
            other.ended.cancel()
        self.is_free()
