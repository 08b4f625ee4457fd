"""Tests for the streamed answer in Anthropic's format."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import AnswerCut, ProviderOverloaded
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
    Usage,
)
from tests.dialects.messages import HELLO, USAGE, joined, kinds, pieces, renderer, streamed, told

FINISHED = Finished("stop", USAGE)
THOUGHTS = {"thinking": {"type": "adaptive"}}
CALL = (
    ToolCallStarted("c1", "get_weather"),
    ToolCallDelta("c1", '{"city": '),
    ToolCallDelta("c1", '"Oslo"}'),
)
CALLED = Finished("tool_calls", USAGE)


class OrderTests(SynchronousTestCase):
    """W112: what comes when."""

    def test_provides_the_interface(self) -> None:
        """The renderer is an `IRenderer` of an event stream."""
        answer = renderer(stream=True)
        verifyObject(IRenderer, answer)
        self.assertEqual(answer.content_type, b"text/event-stream; charset=utf-8")

    def test_order(self) -> None:
        """F041: beginning, blocks, reason and usage, end."""
        expected = [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
        self.assertEqual(kinds(streamed(Started("m"), *HELLO)), expected)

    def test_names(self) -> None:
        """W112, W113: each event has a line with its name, and there is no `[DONE]`."""
        sent = streamed(ReasoningDelta("hm"), *HELLO[:2], *CALL, CALLED, **THOUGHTS)
        blocks = sent.removesuffix(b"\n\n").split(b"\n\n")
        for block in blocks:
            name, _, data = block.partition(b"\ndata: ")
            self.assertEqual(name.removeprefix(b"event: ").decode(), json.loads(data)["type"])
        self.assertNotIn(b"[DONE]", sent)

    def test_silent_until_there_is_output(self) -> None:
        """Nothing is written on `Started` or for empty pieces, so that an error can be a status."""
        answer = renderer(stream=True)
        self.assertEqual(answer.feed([Started("m"), TextDelta(""), ReasoningDelta("hm")]), b"")

    def test_start(self) -> None:
        """F042: the message as it begins: nothing said, no reason to stop, an estimate of what was read."""
        message = told(streamed(*HELLO, model='a "b"'))[0]["message"]
        self.assertGreater(message["usage"].pop("input_tokens"), 0)
        usage = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 0}
        expected = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": 'a "b"',
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**usage, "output_tokens_details": {"thinking_tokens": 0}},
        }
        self.assertEqual(message, expected)

    def test_blocks(self) -> None:
        """Thoughts, text and calls are blocks of their own, one after the other, in their order."""
        events = (ReasoningDelta("h"), ReasoningDelta("m"), *HELLO[:2], *CALL, TextDelta("So."), CALLED)
        found = joined(streamed(*events, **THOUGHTS))
        expected = [("thinking", "hm"), ("text", "Hello"), ("tool_use", '{"city": "Oslo"}'), ("text", "So.")]
        self.assertEqual(pieces(found), expected)

    def test_calls(self) -> None:
        """W114: a call begins with its id, its name and no input; one without arguments gets `{}`."""
        silent = (ToolCallStarted("c2", "now"), ToolCallDelta("c2", ""))
        found = joined(streamed(*CALL, *silent, CALLED))
        self.assertEqual(
            [(block["id"], block["name"]) for block in found], [("c1", "get_weather"), ("c2", "now")]
        )
        self.assertEqual([block["input"] for block in found], [{}, {}])
        self.assertEqual([json.loads(block["pieces"]) for block in found], [{"city": "Oslo"}, {}])

    def test_strange_arguments(self) -> None:
        """Arguments of a call that is not being made are a fault, not lost."""
        answer = renderer(stream=True)
        answer.feed([*CALL, ToolCallStarted("c2", "now")])
        self.assertRaises(ValueError, answer.feed, [ToolCallDelta("c1", "x")])

    def test_empty_answer(self) -> None:
        """An answer that says nothing has no blocks, and its end."""
        self.assertEqual(kinds(streamed(FINISHED)), ["message_start", "message_delta", "message_stop"])

    def test_thoughts_not_wanted(self) -> None:
        """Thoughts are told to nobody who did not ask."""
        events = (ReasoningDelta("hm"), *HELLO)
        for thinking in (None, {"type": "disabled"}, {"type": "adaptive", "display": "omitted"}):
            self.assertEqual(streamed(*events, thinking=thinking), streamed(*HELLO))


class EndTests(SynchronousTestCase):
    """W115: why it ended."""

    def end(self, finished: Finished) -> dict:
        return told(streamed(TextDelta("a"), finished))[-2]

    def test_reasons(self) -> None:
        """Each reason in Anthropic's word."""
        words = {
            "end_turn": Finished("stop", USAGE),
            "max_tokens": Finished("length", USAGE),
            "tool_use": Finished("tool_calls", USAGE),
            "refusal": Finished("content_filter", USAGE),
        }
        for word, finished in words.items():
            self.assertEqual(self.end(finished)["delta"], {"stop_reason": word, "stop_sequence": None})

    def test_stop_sequence(self) -> None:
        """The stop sequence is told."""
        delta = self.end(Finished("stop", USAGE, "END"))["delta"]
        self.assertEqual(delta, {"stop_reason": "stop_sequence", "stop_sequence": "END"})

    def test_usage(self) -> None:
        """What the program counted; tokens from the cache are counted apart."""
        expected = {
            "input_tokens": 7,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 5,
            "output_tokens": 7,
            "output_tokens_details": {"thinking_tokens": 3},
        }
        self.assertEqual(self.end(FINISHED)["usage"], expected)
        self.assertEqual(self.end(Finished("stop", Usage(cached=3)))["usage"]["input_tokens"], 0)


class TroubleTests(SynchronousTestCase):
    """When nothing happens, and when it goes wrong."""

    def test_ping(self) -> None:
        """W113: signs of life are pings, behind the beginning."""
        answer = renderer(stream=True)
        self.assertEqual(kinds(answer.idle()), ["message_start", "ping"])
        self.assertEqual(answer.idle(), b'event: ping\ndata: {"type":"ping"}\n\n')
        self.assertNotIn("message_start", kinds(answer.feed(HELLO)))

    def test_failure(self) -> None:
        """W116: an error after output is an event of its own, and nothing follows."""
        answer = renderer(stream=True)
        answer.feed([TextDelta("Hel")])
        last = answer.fail(AnswerCut("It broke.", "claude"))
        self.assertTrue(last.startswith(b"event: error\n"))
        [error] = told(last)
        self.assertEqual(error["error"]["message"], "It broke.")
        self.assertEqual((error["type"], error["error"]["type"]), ("error", "api_error"))
        self.assertEqual(error["request_id"], "req-1")

    def test_overloaded(self) -> None:
        """An overload is called so, that clients come back."""
        [error] = told(renderer(stream=True).fail(ProviderOverloaded("Busy.", "claude")))
        self.assertEqual(error["error"]["type"], "overloaded_error")

    def test_actions(self) -> None:
        """The agent's own steps are told to who asked, under a name that SDKs skip."""
        step = Action(id="1", kind="command", title="ls \ud83d", status="started")
        agent = {"mode": "agent", "actions": True}
        sent = streamed(step, FINISHED, clinvoker=agent)
        self.assertEqual(kinds(sent)[1], "clinvoker")
        self.assertEqual(told(sent)[1]["action"]["title"], "ls \ufffd")
        self.assertNotIn("clinvoker", kinds(streamed(step, FINISHED)))


TEXTS = st.text(st.characters() | st.sampled_from("\ud83d\ude00"))
DELTAS = st.lists(st.builds(TextDelta, TEXTS) | st.builds(ReasoningDelta, TEXTS))


class AnyTextTests(SynchronousTestCase):
    @settings(database=None, deadline=None)
    @given(DELTAS, st.data())
    def test_batches_do_not_matter(self, deltas: list[Event], data: st.DataObject) -> None:
        """However events are batched, the same bytes come: any text, halves of pairs included."""
        events = [*deltas, *CALL, CALLED]
        answer, sent = renderer(stream=True, **THOUGHTS), b""
        while events:
            count = data.draw(st.integers(1, len(events)))
            sent += answer.feed(events[:count])
            events = events[count:]
        self.assertEqual(sent, streamed(*deltas, *CALL, CALLED, **THOUGHTS))
        found = joined(sent)
        self.assertEqual(json.loads(found[-1]["pieces"]), {"city": "Oslo"})
        self.assertTrue(all(block["pieces"] for block in found if block["type"] != "text"))
