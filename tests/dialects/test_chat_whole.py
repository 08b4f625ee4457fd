"""Tests for the whole chat answer."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import AnswerCut
from clinvoker.interfaces import IRenderer
from clinvoker.model import (
    Finished,
    FinishReason,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
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
            "id": f"chatcmpl-{IDENTITY}",
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


CALLED = Finished("tool_calls", USAGE)


class CallTests(SynchronousTestCase):
    def test_calls(self) -> None:
        """W47, W48, W51: calls with their ids and arguments as text; no content; the reason is tool_calls."""
        events = [
            ToolCallStarted("a", "f"),
            ToolCallStarted("b", "g"),
            ToolCallDelta("b", '{"x":'),
            ToolCallDelta("a", '{"y":"\u00fc"}'),
            ToolCallDelta("b", "1}"),
            CALLED,
        ]
        answer = whole(events)
        self.assertEqual(complaints("CreateChatCompletionResponse", answer), [])
        [choice] = answer["choices"]
        expected = [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"y":"\u00fc"}'}},
            {"id": "b", "type": "function", "function": {"name": "g", "arguments": '{"x":1}'}},
        ]
        self.assertEqual(choice["message"]["tool_calls"], expected)
        self.assertEqual((choice["message"]["content"], choice["finish_reason"]), (None, "tool_calls"))

    def test_no_arguments(self) -> None:
        """W49: a call without arguments has `{}`."""
        for said in ([], [ToolCallDelta("a", "")]):
            [choice] = whole([ToolCallStarted("a", "f"), *said, CALLED])["choices"]
            self.assertEqual(choice["message"]["tool_calls"][0]["function"]["arguments"], "{}")

    def test_text_before(self) -> None:
        """W51: what was said before a call is the content."""
        [choice] = whole([TextDelta("Let me see."), ToolCallStarted("a", "f"), CALLED])["choices"]
        self.assertEqual(choice["message"]["content"], "Let me see.")

    def test_no_calls(self) -> None:
        """W51: without calls there is no such field."""
        self.assertNotIn("tool_calls", whole(HELLO)["choices"][0]["message"])


class ChoicesTests(SynchronousTestCase):
    def test_several(self) -> None:
        """W40: the answer comes with the last choice, in order of index; the usage is that of all."""
        answer = renderer(n=3)
        ends = [
            answer.feed([TextDelta(str(index)), Finished("stop", Usage(input=2, output=1))], index)
            for index in (2, 0, 1)
        ]
        self.assertEqual(ends[:2], [b"", b""])
        got = json.loads(ends[2])
        self.assertEqual(complaints("CreateChatCompletionResponse", got), [])
        contents = [(each["index"], each["message"]["content"]) for each in got["choices"]]
        self.assertEqual(contents, [(0, "0"), (1, "1"), (2, "2")])
        self.assertEqual((got["usage"]["prompt_tokens"], got["usage"]["total_tokens"]), (6, 9))
