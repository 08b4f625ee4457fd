"""A program that goes on where its client has been told that it waits; and half emoji."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.backends.codex.words import Piece
from clinvoker.errors import AgentGarbled, AnswerCut
from clinvoker.model import Started
from clinvoker.talk import Broken, Ended, Heard, Kept, Over, Parked, Step
from tests.backends.codex.playing import (
    MADE,
    answer,
    asking,
    begun,
    delta,
    ends,
    greeted,
    kept,
    methods,
    note,
    sent,
    turn,
)
from tests.backends.codex.test_calls import OVER, made, parked, result, wanted, with_tools
from tests.backends.codex.test_kept import NEXT, resting


class ParkedTests(SynchronousTestCase):
    """While the results of calls are awaited."""

    def test_late_call(self) -> None:
        """A call that the client was not told of is answered at once, and the others by its results."""
        talk = parked()
        self.assertEqual([], talk.receive(made("c2")))
        (answered,) = sent(talk.receive(wanted("c2", 41)))
        self.assertEqual(41, answered["id"])
        self.assertIn("too late", repr(answered["result"]))
        (answered,) = sent(talk.resume(1, 2, [result()]))
        self.assertEqual(40, answered["id"])
        talk.receive(delta("well"))
        self.assertEqual([], kept(talk.receive(turn("completed", "completed"))))

    def test_told_once(self) -> None:
        """What the client was told of a call holds, whatever the program says of it later."""
        talk = parked()
        self.assertEqual([], talk.receive(made("c1", '{"a": 1}')))
        self.assertEqual([{"c1": "{}"}], [{c.id: c.arguments} for c in talk._runs[1].answer().calls])

    def test_words(self) -> None:
        """Words stop the turn, and are none of the run's; it ends in the program, and holds nothing."""
        for quick in (False, True):
            talk = parked()
            steps = _said(talk, quick)
            self.assertEqual((["turn/interrupt"], []), (methods(steps), _of_runs(steps)))
            self.assertEqual([], _of_runs(_said(talk, quick)))
            (error,) = ends(talk.receive(turn("completed", "interrupted")))
            self.assertIsInstance(error, AnswerCut)

    def test_words_before_results(self) -> None:
        """Results that come then are for another conversation: the run can be tried again."""
        talk = parked()
        talk.receive(delta("no"))
        (step,) = talk.resume(1, 2, [result()])
        assert isinstance(step, Over)
        self.assertIsInstance(step.error, AnswerCut)
        self.assertEqual([step.error], ends(talk.receive(turn("completed", "interrupted")), 2))

    def test_over(self) -> None:
        """A turn that is over all the same is not finished twice."""
        for status in ("completed", "failed", "interrupted"):
            item = {"type": "agentMessage", "text": "b"}
            steps = parked().receive(turn("completed", status, items=[item]))
            self.assertEqual([Ended(1)], _of_runs(steps))

    def test_thoughts(self) -> None:
        """Thoughts are let be."""
        talk = parked()
        self.assertEqual([], talk.receive(note("item/reasoning/textDelta", delta="hm")))
        self.assertEqual([40], [record["id"] for record in sent(talk.resume(1, 2, [result()]))])


class KeptTests(SynchronousTestCase):
    """While a conversation is at rest."""

    def test_words(self) -> None:
        """Words end it: the thread holds them, and the client does not know them."""
        for quick in (False, True):
            steps = _said(resting(), quick)
            self.assertEqual((["thread/unsubscribe"], [Ended(1)]), (methods(steps), _of_runs(steps)))

    def test_another_turn(self) -> None:
        """So does a turn that nobody asked for, and the end of one."""
        for record in (turn("started"), turn("completed", "completed"), turn("completed", "failed")):
            self.assertEqual([Ended(1)], _of_runs(resting().receive(record)))

    def test_retry(self) -> None:
        """And what is tried again."""
        error = note("error", error={"message": "x"}, willRetry=True)
        self.assertEqual([Ended(1)], _of_runs(resting().receive(error)))

    def test_call(self) -> None:
        """And a call, which is answered."""
        talk = resting(with_tools())
        self.assertEqual([Ended(1)], _of_runs(talk.receive(made())))
        self.assertEqual([40], [record["id"] for record in sent(talk.receive(wanted()))])
        self.assertEqual([Ended(1)], _of_runs(resting(with_tools()).receive(wanted())))

    def test_counts(self) -> None:
        """Counts may come late."""
        talk = resting()
        usage = {"total": {"inputTokens": 5, "outputTokens": 2}}
        self.assertEqual([], talk.receive(note("thread/tokenUsage/updated", tokenUsage=usage)))
        self.assertEqual(["thread/inject_items"], methods(talk.resume(1, 2, NEXT)))

    def test_unasked(self) -> None:
        """A conversation with a call that the client was never told of is not kept."""
        talk = with_tools()
        for record in (delta("a"), made(), OVER):
            talk.receive(record)
        self.assertEqual([], kept(talk.receive(turn("completed", "completed"))))


class SurrogateTests(SynchronousTestCase):
    """Half an emoji, which JavaScript writes."""

    def test_for_a_number(self) -> None:
        """Where a number should be it is no protocol, and nothing is said of what else was there."""
        usage = {"total": {"inputTokens": "\ud800 secret"}}
        (step,) = begun().receive(note("thread/tokenUsage/updated", tokenUsage=usage))
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, AgentGarbled)
        self.assertNotIn("secret", str(step.error))

    def test_in_a_name(self) -> None:
        """A model's name can be told in any case; a call whose id cannot be is answered at once."""
        talk = greeted()
        steps = talk.receive(answer(talk.begin(1, asking()), {**MADE, "model": "m\ud800"}))
        talk.receive(answer(steps, {}))
        self.assertEqual([Heard(1, Started("m?"))], talk.receive(turn("started")))
        talk = with_tools()
        talk.receive(made("c\ud800"))
        self.assertEqual([40], [record["id"] for record in sent(talk.receive(wanted("c\ud800")))])

    def test_counts(self) -> None:
        """Counts that no store could hold, or less than none, are no protocol."""
        for count in (2**60, -1):
            usage = {"total": {"inputTokens": count}}
            (step,) = begun().receive(note("thread/tokenUsage/updated", tokenUsage=usage))
            self.assertIsInstance(step, Broken)

    def test_for_a_name(self) -> None:
        """Where a method's name should be it is an unknown one, and where a version should be a text."""
        self.assertEqual([], begun().receive(note("\ud800")))


def _said(talk: CodexTalk, quick: bool) -> list[Step]:
    record = delta("no")
    if not quick:
        return list(talk.receive(record))
    return list(talk.receive_quick(msgspec.convert(record, Piece)))


def _of_runs(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if isinstance(step, Heard | Ended | Kept | Parked | Over | Broken)]
