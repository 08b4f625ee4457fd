"""Conversations at rest: which request goes on with one, and how they end."""

from collections.abc import Sequence

from msgspec.structs import replace
from twisted.internet.defer import CancelledError, Deferred

from clinvoker.errors import OutputInvalid, ProviderOverloaded
from clinvoker.interfaces import IRun
from clinvoker.model import Event, Image, Invocation, Message, Output, Sampling, Text, TextDelta
from clinvoker.runs.attempts import BACKOFF_SECS
from clinvoker.runs.service import Runs
from clinvoker.settings import Limits, Names, Pool
from clinvoker.testing.backend import PlainBackend
from tests.runs.test_runs import RunsTestCase

QUESTION = Message("user", (Text("Who?"),))
ANSWER = Message("assistant", (Text("You and I."),))
NEXT = Message("user", (Text("And "), Text("then?")))
PICTURE = Message("user", (Text("Look: "), Image("image/png", "aGk=")))
ASK = Invocation(model="plain", messages=(QUESTION,))
FOLLOW = replace(ASK, messages=(QUESTION, ANSWER, NEXT))


class KeepingTestCase(RunsTestCase):
    uses = 100
    limits = Limits(runs=3, queue=2, processes=2, kept=2)

    def ask_for(self, invocation: Invocation) -> IRun:
        def hear(events: Sequence[Event]) -> None:
            self.heard.extend(events)

        return self.runs.start(invocation, hear)

    def keep(self, invocation: Invocation = ASK) -> None:
        """Ask and have an answer whose conversation stays."""
        run = self.ask_for(invocation)
        self.child.says({"ready": True})
        self.child.says({"run": 1, "say": "You "}, {"run": 1, "say": "and I."}, {"run": 1, "kept": True})
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertIsNone(self.successResultOf(run.settled))


class FoundTests(KeepingTestCase):
    def test_next_question(self) -> None:
        """The next question goes on where the answer ended, in the same process, and is all that is told."""
        self.keep()
        run = self.ask_for(FOLLOW)
        self.assertEqual({"go": 2, "text": "And then?"}, self.child.records[-1])
        self.child.says({"run": 2, "say": "So."}, {"run": 2, "kept": True})
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertEqual(1, len(self.spawner.children))

    def test_again(self) -> None:
        """It may go on as often as there are questions; each answer is part of what is looked up."""
        self.keep()
        self.ask_for(FOLLOW)
        self.child.says({"run": 2, "say": "So."}, {"run": 2, "kept": True})
        more = (*FOLLOW.messages, Message("assistant", (Text("S"), Text("o."))), QUESTION)
        self.ask_for(replace(FOLLOW, messages=more))
        self.assertEqual({"go": 3, "text": "Who?"}, self.child.records[-1])

    def test_passing_failure(self) -> None:
        """A live conversation that fails for a moment is told anew, to a conversation of its own."""
        self.keep()
        run = self.ask_for(FOLLOW)
        self.child.says({"run": 2, "fails": "now"})
        self.clock.advance(BACKOFF_SECS)
        self.assertEqual({"ask": 3, "text": "And then?"}, self.child.records[-1])
        self.assertNoResult(run.ended)

    def test_one_of_two(self) -> None:
        """Two requests that go on alike do not share it: the second is told anew."""
        self.keep()
        self.ask_for(FOLLOW)
        self.ask_for(FOLLOW)
        self.assertEqual({"go": 2, "text": "And then?"}, self.spawner.children[0].records[-1])
        self.assertEqual(2, len(self.spawner.children))


class WornTests(KeepingTestCase):
    def test_counted(self) -> None:
        """What goes on in place wears a process too: past `max_runs` it ends with its conversation."""
        pool = Pool(warm={"plain": 0}, max_runs=2)
        backends = {"plain": PlainBackend(uses=self.uses)}
        self.runs = Runs(
            backends, self.spawner, self.limits, Names(), self.clock, lambda: "call_1", pool=pool
        )
        self.keep()
        self.ask_for(FOLLOW)
        self.child.says({"run": 2, "say": "So."}, {"run": 2, "done": True})
        self.assertFalse(self.child.alive)
        self.assertEqual(1, self.runs.health()[0].agents.retired)


class NotFoundTests(KeepingTestCase):
    def cold(self, invocation: Invocation) -> None:
        """Such a request begins anew and leaves the conversation alone."""
        self.setUp()
        self.keep()
        before = self.child.records
        self.ask_for(invocation)
        self.assertEqual(before, self.spawner.children[0].records)
        self.assertEqual(2, len(self.spawner.children))

    def test_other_words(self) -> None:
        """Not if a word, a border of roles or a picture of the past is another; not if it is shorter."""
        for past in (
            (replace(QUESTION, parts=(Text("Who"),)), ANSWER),
            (QUESTION, replace(ANSWER, parts=(Text("You."),))),
            (Message("system", (Text("Be brief."),)), QUESTION, ANSWER),
            (QUESTION, QUESTION, ANSWER),
            (PICTURE, ANSWER),
            (ANSWER,),
        ):
            self.cold(replace(FOLLOW, messages=(*past, NEXT)))
        self.cold(ASK)

    def test_nothing_new(self) -> None:
        """Not if what follows is no question: results nobody asked for, or words for the model's ear."""
        for new in (
            (Message("tool", (Text("18C"),), call_id="c1"),),
            (Message("system", (Text("!"),)), NEXT),
        ):
            self.cold(replace(FOLLOW, messages=(QUESTION, ANSWER, *new)))

    def test_other_settings(self) -> None:
        """Not with another key, another model, another sampling or another kind of answer."""
        self.cold(replace(FOLLOW, principal="other"))
        self.cold(replace(FOLLOW, model="plain/other"))
        self.cold(replace(FOLLOW, sampling=Sampling(temperature=1)))
        self.cold(replace(FOLLOW, output=Output(kind="json_object")))

    def test_dead(self) -> None:
        """Not if the process has died."""
        self.keep()
        self.child.exits(signal=9)
        self.ask_for(FOLLOW)
        self.assertEqual(2, len(self.spawner.children))

    def test_dropped(self) -> None:
        """Not if the program has dropped it by itself: the whole conversation is told anew, at once."""
        self.keep()
        self.child.says({"run": 1, "stopped": True})
        self.ask_for(FOLLOW)
        self.assertEqual({"ask": 2, "text": "And then?"}, self.child.records[-1])

    def test_cut_answer(self) -> None:
        """What the client saw only in part is not kept."""
        run = self.ask_for(replace(ASK, sampling=Sampling(stop=("and",))))
        self.child.says({"ready": True}, {"run": 1, "say": "You "}, {"run": 1, "say": "and I."})
        self.assertIsNone(self.successResultOf(run.ended))
        self.assertEqual([TextDelta("You ")], self.heard[:1])
        self.child.says({"run": 1, "kept": True})  # it was whole before it was stopped
        self.assertEqual({"forget": 1}, self.child.records[-1])


class AskedAgainTests(KeepingTestCase):
    """What an attempt leaves whose answer was not what it had to be."""

    limits = Limits(runs=3, queue=2, processes=1, kept=2)

    def setUp(self) -> None:
        super().setUp()
        self.run_ = self.ask_for(replace(ASK, output=Output(kind="json_object")))
        self.child.says({"ready": True}, {"run": 1, "say": "no"}, {"run": 1, "kept": True})

    def test_given_up(self) -> None:
        """It makes room for the next attempt at once, and one process is enough for all."""
        self.assertEqual({"forget": 1}, self.child.records[-1])
        self.child.says({"run": 1, "stopped": True})
        self.assertEqual(2, self.child.records[-1]["ask"])
        self.child.says({"run": 2, "say": "{}"}, {"run": 2, "kept": True})
        self.assertIsNone(self.successResultOf(self.run_.ended))
        self.assertEqual({"forget": 2}, self.child.records[-1])

    def test_never_right(self) -> None:
        """After the last attempt too."""
        for number in (1, 2):
            self.child.says({"run": number, "stopped": True})
            self.child.says({"run": number + 1, "say": "no"}, {"run": number + 1, "kept": True})
        self.failureResultOf(self.run_.ended, OutputInvalid)
        self.assertEqual({"forget": 3}, self.child.records[-1])
        self.child.says({"run": 3, "stopped": True})
        self.ask_for(ASK)
        self.assertEqual({"ask": 4, "text": "Who?"}, self.child.records[-1])

    def test_left(self) -> None:
        """A client that leaves meanwhile changes nothing about that."""
        self.run_.ended.cancel()
        self.failureResultOf(self.run_.ended, CancelledError)
        self.assertEqual({"forget": 1}, self.child.records[-1])
        self.child.says({"run": 1, "stopped": True})
        self.ask_for(ASK)
        self.assertEqual({"ask": 2, "text": "Who?"}, self.child.records[-1])


class EndTests(KeepingTestCase):
    def test_time(self) -> None:
        """After its time the program forgets it, and the process is there for the next."""
        self.keep()
        self.clock.advance(self.limits.keep_secs)
        self.assertEqual({"forget": 1}, self.child.records[-1])
        self.child.says({"run": 1, "stopped": True})
        self.ask_for(ASK)
        self.assertEqual({"ask": 2, "text": "Who?"}, self.child.records[-1])
        self.assertEqual(1, len(self.spawner.children))

    def test_slow_to_forget(self) -> None:
        """A program that does not get rid of it ends."""
        self.keep()
        self.clock.advance(self.limits.keep_secs)
        self.clock.advance(5)
        self.assertFalse(self.child.alive)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_too_many(self) -> None:
        """The one that was left alone longest makes room."""
        self.keep()
        self.keep(replace(ASK, messages=(PICTURE,)))
        first, second = self.spawner.children
        self.assertNotIn({"forget": 1}, first.records + second.records)
        run = self.ask_for(FOLLOW)
        first.says({"run": 2, "say": "So."}, {"run": 2, "kept": True})
        self.successResultOf(run.ended)
        self.ask_for(ASK)
        self.assertEqual({"forget": 1}, second.records[-1])

    def test_needed(self) -> None:
        """A process that somebody needs gives its conversation up."""
        self.keep()
        self.keep(replace(ASK, messages=(PICTURE,)))
        self.ask_for(ASK)
        first = self.spawner.children[0]
        self.assertEqual({"forget": 1}, first.records[-1])
        first.says({"run": 1, "stopped": True})
        self.assertEqual({"ask": 2, "text": "Who?"}, first.records[-1])

    def test_drain(self) -> None:
        """The daemon's end waits for none of them."""
        self.keep()
        drained = Deferred.fromCoroutine(self.runs.drain())
        self.child.says({"run": 1, "stopped": True})
        self.assertIsNone(self.successResultOf(drained))
        self.assertFalse(self.child.alive)


class OverTests(KeepingTestCase):
    def test_told_at_once(self) -> None:
        """A failure is told before the program is cleared of the run; its place comes free after that."""
        run = self.ask_for(ASK)
        self.child.says({"ready": True}, {"run": 1, "say": "You"}, {"run": 1, "over": True})
        self.failureResultOf(run.ended)
        self.assertNoResult(run.settled)
        self.child.says({"run": 1, "fails": "now"})
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertEqual(1, self.runs.health()[0].processes)

    def test_never_cleared(self) -> None:
        """A program that is not cleared in time ends."""
        run = self.ask_for(ASK)
        self.child.says({"ready": True}, {"run": 1, "say": "You"}, {"run": 1, "over": True})
        self.failureResultOf(run.ended)
        self.clock.advance(5)
        self.assertIsNone(self.successResultOf(run.settled))
        self.assertFalse(self.child.alive)

    def test_lost_while_going_on(self) -> None:
        """The death of its process in a live conversation is a failure that passes."""
        self.keep()
        run = self.ask_for(FOLLOW)
        self.child.exits(signal=9)
        self.clock.advance(BACKOFF_SECS)
        self.child.says({"ready": True}, {"run": 1, "fails": "now"})
        self.assertNoResult(run.ended)
        run.ended.addErrback(lambda reason: reason.trap(ProviderOverloaded))
