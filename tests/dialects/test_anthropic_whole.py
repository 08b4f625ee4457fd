"""Tests for the whole answer in Anthropic's format."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.dialects.anthropic_messages import AnthropicMessages
from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.errors import AnswerCut
from clinvoker.interfaces import IRenderer
from clinvoker.model import (
    Action,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from tests.dialects import chats
from tests.dialects.messages import HELLO, USAGE, joined, renderer, streamed, whole
from tests.dialects.test_anthropic_stream import CALL, CALLED, FINISHED, THOUGHTS


class AnswerTests(SynchronousTestCase):
    def test_provides_the_interface(self) -> None:
        """The renderer is an `IRenderer` of JSON."""
        answer = renderer()
        verifyObject(IRenderer, answer)
        self.assertEqual(answer.content_type, b"application/json")

    def test_answer(self) -> None:
        """F037: the message object."""
        usage = {
            "input_tokens": 7,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 5,
            "output_tokens": 7,
            "output_tokens_details": {"thinking_tokens": 3},
        }
        expected = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude",
            "content": [{"type": "text", "text": "Hello"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": usage,
        }
        self.assertEqual(whole(Started("m"), *HELLO), expected)

    def test_silent(self) -> None:
        """There is nothing to say before the end, and nothing after it."""
        answer = renderer()
        self.assertEqual(answer.feed(HELLO[:2]) + answer.idle() + answer.fail(AnswerCut("x", "")), b"")

    def test_blocks(self) -> None:
        """Thoughts, text and calls are blocks in their order; a call's input is an object."""
        events = (ReasoningDelta("hm"), *HELLO[:2], *CALL, ToolCallStarted("c2", "now"), CALLED)
        expected = [
            {"type": "thinking", "thinking": "hm", "signature": ""},
            {"type": "text", "text": "Hello"},
            {"type": "tool_use", "id": "c1", "name": "get_weather", "input": {"city": "Oslo"}},
            {"type": "tool_use", "id": "c2", "name": "now", "input": {}},
        ]
        answer = whole(*events, **THOUGHTS)
        self.assertEqual((answer["content"], answer["stop_reason"]), (expected, "tool_use"))
        self.assertEqual(whole(*events)["content"], expected[1:])

    def test_stop_sequence(self) -> None:
        """W115: the stop sequence is told."""
        answer = whole(TextDelta("a"), Finished("stop", USAGE, "END"))
        self.assertEqual((answer["stop_reason"], answer["stop_sequence"]), ("stop_sequence", "END"))

    def test_empty_answer(self) -> None:
        """An answer that says nothing has no blocks."""
        self.assertEqual(whole(FINISHED)["content"], [])

    def test_actions(self) -> None:
        """The agent's own steps are told to who asked."""
        step = Action(id="1", kind="command", title="ls", status="done")
        answer = whole(step, FINISHED, clinvoker={"mode": "agent", "actions": True})
        self.assertEqual(answer["clinvoker"]["actions"][0]["title"], "ls")
        self.assertNotIn("clinvoker", whole(step, FINISHED))

    def test_other_dialects_request(self) -> None:
        """Only what this dialect has read can be answered by it."""
        asked = OpenAIChat().parse(chats.body())
        self.assertRaises(TypeError, AnthropicMessages().renderer, asked, "1", 0)


TEXTS = st.text(st.characters() | st.sampled_from("\ud83d\ude00"), min_size=1)
CALLS = st.builds(
    lambda number: (ToolCallStarted(f"c{number}", "f"), ToolCallDelta(f"c{number}", '{"a": 1}')),
    st.integers(0, 99),
)
EVENTS = st.lists(
    st.builds(lambda text: (TextDelta(text),), TEXTS)
    | st.builds(lambda text: (ReasoningDelta(text),), TEXTS)
    | CALLS,
    unique_by=lambda events: str(events[0]),
)


class SameTests(SynchronousTestCase):
    @settings(database=None, deadline=None)
    @given(EVENTS)
    def test_as_streamed(self, events: list[tuple[Event, ...]]) -> None:
        """A stream joined is the same content as the whole answer."""
        flat = [event for group in events for event in group]
        content = whole(*flat, FINISHED, **THOUGHTS)["content"]
        found = joined(streamed(*flat, FINISHED, **THOUGHTS))
        self.assertEqual([block["type"] for block in content], [block["type"] for block in found])
        for one, other in zip(content, found, strict=True):
            if one["type"] != "tool_use":
                self.assertEqual(one[one["type"]], other["pieces"])
