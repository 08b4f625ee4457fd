"""Turns that wait for the client's tools: by whom they are found again, and how they end."""

from collections.abc import Sequence

from msgspec.structs import replace
from twisted.internet.defer import CancelledError, Deferred

from clinvoker.errors import AgentDied
from clinvoker.interfaces import IRun
from clinvoker.model import (
    Event,
    Finished,
    Invocation,
    Message,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolCallDelta,
    Tools,
)
from clinvoker.runs.attempts import BACKOFF_SECS
from clinvoker.settings import Limits
from tests.runs.test_runs import RunsTestCase

QUESTION = Message("user", (Text("Weather?"),))
CALLING = Message("assistant", (Text("Let me see."),), (ToolCall("c1", "weather", '{"city":"Paris"}'),))
RESULT = Message("tool", (Text("18C"),), call_id="c1")
ASK = Invocation(model="plain", messages=(QUESTION,), tools=Tools(offered=(Tool("weather"),)))


class ParkingTestCase(RunsTestCase):
    limits = Limits(runs=3, queue=2, processes=2, parked=2)

    def ask_for(self, invocation: Invocation) -> IRun:
        def hear(events: Sequence[Event]) -> None:
            self.heard.extend(events)

        return self.runs.start(invocation, hear)

    def park(self, invocation: Invocation = ASK) -> None:
        """Ask, be called, and have the answer."""
        run = self.ask_for(invocation)
        self.child.says({"ready": True})
        self.child.says({"run": 1, "say": "Let "}, {"run": 1, "say": "me see."})
        self.child.says({"run": 1, "calls": [["c1", "weather", '{"city":"Paris"}']]})
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertIsNone(self.successResultOf(run.settled))

    def follow(self, *more: Message, asked: Invocation = ASK) -> IRun:
        return self.ask_for(replace(asked, messages=(*asked.messages, *more)))


class FoundTests(ParkingTestCase):
    def test_answer_with_calls(self) -> None:
        """The client has the calls and the reason; the process waits and takes nothing else."""
        self.park()
        self.assertEqual(ToolCallDelta("c1", '{"city":"Paris"}'), self.heard[-2])
        self.assertIsInstance(self.heard[-1], Finished)
        self.assertTrue(self.child.alive)
        self.ask()
        self.assertEqual(2, len(self.spawner.children))

    def test_goes_on(self) -> None:
        """The same conversation with the result goes on in place, and the process ends after it."""
        self.park()
        run = self.follow(CALLING, RESULT)
        self.assertEqual(1, len(self.spawner.children))
        self.assertEqual({"go": 2, "results": [["c1", "18C"]]}, self.child.records[-1])
        self.answer(self.child, 2)
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertFalse(self.child.alive)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_blanks(self) -> None:
        """Blanks between the words of the arguments make no difference: some clients send the object back."""
        self.park()
        same = replace(CALLING, calls=(replace(CALLING.calls[0], arguments='{ "city" : "Paris" }'),))
        self.follow(same, RESULT)
        self.assertEqual(1, len(self.spawner.children))

    def test_two_rounds(self) -> None:
        """It may be parked again, and found again."""
        self.park()
        self.follow(CALLING, RESULT)
        self.child.says({"run": 2, "calls": [["c2", "weather", "{}"]]})
        again = Message("assistant", (), (ToolCall("c2", "weather", "{}"),))
        run = self.follow(CALLING, RESULT, again, replace(RESULT, call_id="c2"))
        self.answer(self.child, 3)
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertEqual(1, len(self.spawner.children))


class NotFoundTests(ParkingTestCase):
    def cold(self, invocation: Invocation) -> None:
        """Such a request starts from scratch."""
        self.park()
        self.ask_for(invocation)
        self.assertEqual(2, len(self.spawner.children))

    def test_edited(self) -> None:
        """Not if the calling message was edited."""
        edited = replace(CALLING, calls=(replace(CALLING.calls[0], arguments="{}"),))
        self.cold(replace(ASK, messages=(QUESTION, edited, RESULT)))

    def test_other_calls(self) -> None:
        """Not if there are results for other calls, or too many, or none."""
        for results in ([replace(RESULT, call_id="c9")], [RESULT, RESULT], [RESULT, QUESTION], []):
            self.setUp()
            self.cold(replace(ASK, messages=(QUESTION, CALLING, *results)))

    def test_another_principal(self) -> None:
        """Never for another key."""
        self.cold(replace(ASK, principal="other", messages=(QUESTION, CALLING, RESULT)))

    def test_other_settings(self) -> None:
        """Not with other tools or another sampling."""
        whole = replace(ASK, messages=(QUESTION, CALLING, RESULT))
        self.cold(replace(whole, tools=Tools()))
        self.setUp()
        self.cold(replace(whole, sampling=Sampling(temperature=1)))

    def test_dead(self) -> None:
        """Not if the process died meanwhile."""
        self.park()
        self.child.exits(signal=9)
        self.follow(CALLING, RESULT)
        self.assertEqual(2, len(self.spawner.children))

    def test_altered(self) -> None:
        """Not if the client saw another answer than the program gave: that turn is given up."""
        asked = replace(ASK, tools=replace(ASK.tools, choice="required"))
        self.park(asked)
        self.assertEqual({"stop": 1}, self.child.records[-1])


class EndTests(ParkingTestCase):
    def test_expired(self) -> None:
        """After its time a turn is interrupted, and its process ends."""
        self.park()
        self.clock.advance(self.limits.parked_secs)
        self.assertEqual({"stop": 1}, self.child.records[-1])
        self.child.says({"run": 1, "stopped": True})
        self.assertFalse(self.child.alive)

    def test_makes_room(self) -> None:
        """Where all processes wait for tools, the one that waits longest is given up for a new run."""
        self.park(replace(ASK, principal="p1"))
        self.park(replace(ASK, principal="p2"))
        first, second = self.spawner.children
        self.ask()
        self.assertEqual([True, False], [{"stop": 1} in child.records for child in (first, second)])
        first.says({"run": 1, "stopped": True})
        self.assertEqual(3, len(self.spawner.children))

    def test_failure_when_going_on(self) -> None:
        """If the process dies before a word, the cold path is taken."""
        self.park()
        self.heard.clear()
        run = self.follow(CALLING, RESULT)
        self.child.exits(signal=9)
        self.clock.advance(BACKOFF_SECS)
        self.child.says({"ready": True})
        self.answer(self.child)
        self.assertIsNone(self.successResultOf(run.ended))

    def test_failure_in_the_middle(self) -> None:
        """After a word it is told."""
        self.park()
        run = self.follow(CALLING, RESULT)
        self.child.says({"run": 2, "say": "It is"})
        self.child.exits(signal=9)
        self.failureResultOf(run.ended, AgentDied)

    def test_given_up_as_it_parks(self) -> None:
        """A client that leaves just before the calls leaves no turn behind."""
        run = self.ask_for(ASK)
        self.child.says({"ready": True})
        run.ended.cancel()
        self.failureResultOf(run.ended, CancelledError)
        self.child.says({"run": 1, "calls": [["c1", "weather", "{}"]]})
        self.child.says({"run": 1, "stopped": True})
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertFalse(self.child.alive)

    def test_drained(self) -> None:
        """The end of the daemon does not wait for tools."""
        self.park()
        drained = Deferred.fromCoroutine(self.runs.drain())
        self.clock.advance(2)
        self.assertIsNone(self.successResultOf(drained))
        self.assertFalse(self.child.alive)


class BoundTests(ParkingTestCase):
    limits = Limits(parked=2)

    def test_bounded(self) -> None:
        """Past the bound the one that waits longest is given up."""
        for number in range(3):
            self.park(replace(ASK, principal=f"p{number}"))
        given_up = [{"stop": 1} in child.records for child in self.spawner.children]
        self.assertEqual([True, False, False], given_up)
