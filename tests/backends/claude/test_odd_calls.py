"""Calls that are none, and half emoji."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.anthropic_errors import error_body
from clinvoker.dialects.anthropic_stream import StreamedMessage
from clinvoker.errors import AgentGarbled, AnswerCut
from clinvoker.model import Started
from clinvoker.talk import Broken, Ended, Over, Parked, Record, Step
from tests.backends.claude.playing import asking_with, begun, events, greeted, piece, started, streamed
from tests.backends.claude.test_calls import STOPPED, WEATHER, _call

THOUGHT = streamed("content_block_delta", delta={"type": "thinking_delta", "thinking": "hm"})
TEXT_BEGINS = streamed("content_block_start", content_block={"type": "text", "text": ""})


def _heard(*records: Record) -> list[Step]:
    talk = greeted()
    talk.begin(1, asking_with(WEATHER))
    return [step for record in (started(), *records) for step in talk.receive(record)]


class OddCallTests(SynchronousTestCase):
    """What a client could not be told of as calls ends the run, which can be tried again."""

    def test_interrupted(self) -> None:
        """Words, thoughts, another block or another call in the middle of a call's arguments; or no end."""
        begin, *_ = _call("a")
        for other in (piece("no"), THOUGHT, TEXT_BEGINS, _call("b")[0], STOPPED):
            steps = _heard(begin, other, *_call("a", "{}")[1:], STOPPED)
            (over,) = [step for step in steps if isinstance(step, Over | Ended | Parked)]
            assert isinstance(over, Over)
            self.assertIsInstance(over.error, AnswerCut)

    def test_anew(self) -> None:
        """A message that begins in a call, or after one, is another answer."""
        for steps in (_heard(_call("a")[0], started()), _heard(*_call("a", "{}"), started(), STOPPED)):
            (over,) = [step for step in steps if isinstance(step, Over | Ended | Parked)]
            assert isinstance(over, Over)
            self.assertIsInstance(over.error, AnswerCut)

    def test_rendered(self) -> None:
        """What was told until then is a stream as it should be."""
        answer = StreamedMessage("msg_1", "m", 1, True, False, error_body)
        begin, *rest = _call("a", '{"a":', "1}")
        told = answer.feed(events(_heard(piece("yes"), begin, rest[0], piece("no"), *rest[1:], STOPPED)))
        self.assertEqual(2, told.count(b"event: content_block_start"))

    def test_ids(self) -> None:
        """Two calls of one id, one of none, and one that cannot be told."""
        for calls in ((*_call("a"), *_call("a")), _call(""), _call("c\ud800")):
            (over,) = [step for step in _heard(*calls, STOPPED) if isinstance(step, Over | Ended | Parked)]
            self.assertIsInstance(over, Over)


class SurrogateTests(SynchronousTestCase):
    """Half an emoji, which JavaScript writes."""

    def test_in_a_name(self) -> None:
        """A model's name can be told in any case."""
        talk = begun()
        self.assertEqual([Started("m?")], events(talk.receive(started("m\ud800"))))

    def test_counts(self) -> None:
        """Counts that no store could hold, or less than none, are no protocol."""
        for count in (2**60, -1):
            (step,) = begun().receive({"type": "result", "usage": {"input_tokens": count}})
            self.assertIsInstance(step, Broken)

    def test_for_a_number(self) -> None:
        """Where a number should be it is no protocol, and nothing is said of what else was there."""
        for half in ("\ud800 secret", "secret"):
            (step,) = begun().receive({"type": "result", "num_turns": half})
            assert isinstance(step, Broken)
            self.assertIsInstance(step.error, AgentGarbled)
            self.assertNotIn("secret", str(step.error))
            self.assertIn("result", str(step.error))
