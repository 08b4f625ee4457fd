"""Tests for the whole chat answer."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import AnswerCut
from clinvoker.interfaces import IRenderer
from clinvoker.model import Finished, FinishReason, ReasoningDelta, Started, TextDelta
from tests.conformance.schemas import complaints
from tests.dialects.chats import CREATED, HELLO, IDENTITY, USAGE, renderer, whole


class WholeTests(SynchronousTestCase):
    def test_provides_the_interface(self) -> None:
        """W6: the renderer is an `IRenderer` of JSON."""
        answer = renderer()
        verifyObject(IRenderer, answer)
        self.assertEqual(answer.content_type, b"application/json")

    def test_schema(self) -> None:
        """W41, W43: the answer is one by OpenAI's schema, its nulls included."""
        self.assertEqual(complaints("CreateChatCompletionResponse", whole(HELLO)), [])

    def test_all_of_it(self) -> None:
        """W39, W40, W42, W46, W51: every field of an answer, and no other."""
        usage = {
            "prompt_tokens": 12,
            "completion_tokens": 7,
            "total_tokens": 19,
            "prompt_tokens_details": {"cached_tokens": 5},
            "completion_tokens_details": {"reasoning_tokens": 3},
        }
        message = {"role": "assistant", "content": "Hello", "refusal": None}
        expected = {
            "id": IDENTITY,
            "object": "chat.completion",
            "created": CREATED,
            "model": "claude/opus",
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": usage,
        }
        self.assertEqual(whole(HELLO, model="claude/opus"), expected)

    def test_model(self) -> None:
        """The answer is called by the client's name of the model, not the provider's."""
        self.assertEqual(whole((Started("claude-opus-4-1"), *HELLO))["model"], "claude")

    def test_finish_reasons(self) -> None:
        """W44, W45: the reasons are OpenAI's."""
        reasons: tuple[FinishReason, ...] = ("stop", "length", "content_filter")
        for reason in reasons:
            [choice] = whole([Finished(reason, USAGE)])["choices"]
            self.assertEqual(choice["finish_reason"], reason)

    def test_empty_answer(self) -> None:
        """W42: an answer without text is an empty string."""
        [choice] = whole([Finished("stop", USAGE)])["choices"]
        self.assertEqual(choice["message"]["content"], "")

    def test_reasoning(self) -> None:
        """Thoughts have their own field, which is there only if there were any."""
        events = [ReasoningDelta("h"), TextDelta("a"), ReasoningDelta("m"), Finished("stop", USAGE)]
        [choice] = whole(events)["choices"]
        self.assertEqual((choice["message"]["content"], choice["message"]["reasoning_content"]), ("a", "hm"))

    def test_surrogates(self) -> None:
        """A pair cut in two is joined, a lone half replaced."""
        events = [TextDelta("a\ud83d"), TextDelta("\ude00"), TextDelta("\ud83d"), Finished("stop", USAGE)]
        [choice] = whole(events)["choices"]
        self.assertEqual(choice["message"]["content"], "a\U0001f600\ufffd")

    def test_silent_until_finished(self) -> None:
        """W71: nothing is written before the end, so that any failure can be a status."""
        answer = renderer()
        sent = [answer.feed([event]) for event in (Started("m"), *HELLO[:-1])]
        self.assertEqual((sent, answer.idle(), answer.fail(AnswerCut("x"))), ([b"", b"", b""], b"", b""))
