"""Tests for calls and several choices in the streamed chat answer."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import (
    Event,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from tests.conformance.schemas import complaints
from tests.dialects.chats import USAGE, chunks, payloads, renderer, said

CALLED = Finished("tool_calls", USAGE)
TWO_CALLS: tuple[Event, ...] = (
    ToolCallStarted("call_a", "weather"),
    ToolCallDelta("call_a", '{"where":'),
    ToolCallDelta("call_a", '"Zürich"}'),
    ToolCallStarted("call_b", "time"),
    ToolCallDelta("call_b", '{"x":1}'),
    CALLED,
)


def stream(*events: Event, **fields: object) -> bytes:
    """All the bytes of an answer, its events fed one by one."""
    answer = renderer(stream=True, **fields)
    return b"".join(answer.feed([event]) for event in events)


def deltas(sent: bytes) -> list[dict[str, Any]]:
    """The deltas of calls, in their order."""
    found = [choice["delta"] for chunk in chunks(sent) for choice in chunk["choices"]]
    return [call for delta in found for call in delta.get("tool_calls", [])]


def arguments(sent: bytes) -> dict[int, str]:
    """The joined arguments of each call."""
    joined: dict[int, str] = {}
    for delta in deltas(sent):
        joined[delta["index"]] = joined.get(delta["index"], "") + delta["function"]["arguments"]
    return joined


class CallTests(SynchronousTestCase):
    def test_first(self) -> None:
        """W67: the first delta of a call has its index, id, type and name, and no arguments yet."""
        function = {"name": "weather", "arguments": ""}
        expected = {"index": 0, "id": "call_a", "type": "function", "function": function}
        self.assertEqual(deltas(stream(*TWO_CALLS))[0], expected)

    def test_later(self) -> None:
        """W67, W68: later ones have the index and a piece of the arguments, and nothing twice."""
        got = deltas(stream(*TWO_CALLS))
        self.assertEqual(got[1], {"index": 0, "function": {"arguments": '{"where":'}})
        self.assertEqual(
            [call["function"].get("name") for call in got], ["weather", None, None, "time", None]
        )

    def test_index(self) -> None:
        """W69, W70: calls are counted from 0, and each one's pieces join to its arguments."""
        self.assertEqual(arguments(stream(*TWO_CALLS)), {0: '{"where":"Zürich"}', 1: '{"x":1}'})

    def test_woven(self) -> None:
        """W69: pieces of several calls may come in any order."""
        a, b = ToolCallStarted("a", "f"), ToolCallStarted("b", "g")
        pieces = [ToolCallDelta("b", '{"b"'), ToolCallDelta("a", "{"), ToolCallDelta("b", ":1}")]
        sent = stream(a, b, *pieces, ToolCallDelta("a", "}"), CALLED)
        self.assertEqual(arguments(sent), {0: "{}", 1: '{"b":1}'})

    def test_no_arguments(self) -> None:
        """W49: a call of which nothing more is said has the arguments `{}`."""
        sent = stream(ToolCallStarted("a", "f"), ToolCallStarted("b", "g"), ToolCallDelta("b", ""), CALLED)
        self.assertEqual(arguments(sent), {0: "{}", 1: "{}"})

    def test_finish(self) -> None:
        """W47, W61: the reason is tool_calls, once, in an empty delta."""
        choices = [chunk["choices"][0] for chunk in chunks(stream(*TWO_CALLS))]
        self.assertEqual([choice["finish_reason"] for choice in choices[:-1]], [None] * (len(choices) - 1))
        self.assertEqual((choices[-1]["finish_reason"], choices[-1]["delta"]), ("tool_calls", {}))

    def test_content(self) -> None:
        """W51: an answer that is only calls has no text; one with text before them has that."""
        opening = chunks(stream(*TWO_CALLS))[0]["choices"][0]["delta"]
        self.assertEqual(opening, {"role": "assistant", "content": None})
        spoken = stream(TextDelta("Let me see."), *TWO_CALLS)
        self.assertEqual(chunks(spoken)[0]["choices"][0]["delta"], {"role": "assistant", "content": ""})
        self.assertEqual((said(spoken), len(deltas(spoken))), ("Let me see.", 5))

    def test_at_once(self) -> None:
        """W74: the name is there before the arguments are."""
        answer = renderer(stream=True)
        self.assertEqual(len(deltas(answer.feed([ToolCallStarted("a", "f")]))), 1)
        self.assertEqual(len(deltas(answer.feed([ToolCallDelta("a", "{")]))), 1)

    def test_schema(self) -> None:
        """W55, W59: every chunk is one by OpenAI's schema."""
        for chunk in chunks(stream(ReasoningDelta("hm"), *TWO_CALLS, stream_options={"include_usage": True})):
            self.assertEqual(complaints("CreateChatCompletionStreamResponse", chunk), [])

    def test_surrogates(self) -> None:
        """W50: a pair cut in two inside the arguments is joined."""
        pieces = [ToolCallDelta("a", '{"x":"\ud83d'), ToolCallDelta("a", '\ude00"}')]
        self.assertEqual(
            arguments(stream(ToolCallStarted("a", "f"), *pieces, CALLED)), {0: '{"x":"\U0001f600"}'}
        )

    def test_strange_names(self) -> None:
        """Ids and names are JSON, whatever they hold."""
        [first, _] = deltas(stream(ToolCallStarted('i"\\\n', 'n"ü'), CALLED))
        self.assertEqual((first["id"], first["function"]["name"]), ('i"\\\n', 'n"ü'))


class ChoicesTests(SynchronousTestCase):
    """W40, W58: several choices in one stream."""

    def setUp(self) -> None:
        self.answer = renderer(stream=True, n=3, stream_options={"include_usage": True})

    def test_roles(self) -> None:
        """W57, W58: with the first words of any, all choices are opened, in their order."""
        self.assertEqual(b"", self.answer.feed([Started("m")], 1))
        opened = [chunk["choices"][0] for chunk in chunks(self.answer.feed([TextDelta("a")], 2))]
        self.assertEqual([choice["index"] for choice in opened], [0, 1, 2, 2])
        self.assertEqual([choice["delta"].get("role") for choice in opened], ["assistant"] * 3 + [None])
        again = chunks(self.answer.feed([TextDelta("b")], 0))
        self.assertEqual(
            [(c["choices"][0]["index"], c["choices"][0]["delta"]) for c in again], [(0, {"content": "b"})]
        )

    def test_end(self) -> None:
        """W61, W63: each has its reason; the usage of all and [DONE] come after the last."""
        ends = [self.answer.feed([Finished("stop", Usage(input=2, output=1))], index) for index in (1, 2, 0)]
        self.assertEqual([payloads(end)[-1] == "[DONE]" for end in ends], [False, False, True])
        *_, last, usage = chunks(ends[2])
        self.assertEqual((last["choices"][0]["index"], last["choices"][0]["finish_reason"]), (0, "stop"))
        self.assertEqual(
            (usage["choices"], usage["usage"]["prompt_tokens"], usage["usage"]["total_tokens"]), ([], 6, 9)
        )

    def test_calls(self) -> None:
        """W69: each choice counts its own calls."""
        first = deltas(self.answer.feed([ToolCallStarted("a", "f")], 0))
        second = deltas(self.answer.feed([ToolCallStarted("a", "f")], 1))
        self.assertEqual([first[0]["index"], second[0]["index"]], [0, 0])

    def test_halves(self) -> None:
        """Half a pair of surrogates waits for its other half of the same choice."""
        sent = self.answer.feed([TextDelta("\ud83d")], 0) + self.answer.feed([TextDelta("\ude00")], 1)
        self.assertNotIn("\U0001f600", json.dumps(chunks(sent), ensure_ascii=False))


PIECES = st.lists(st.tuples(st.integers(0, 2), st.text(st.characters() | st.sampled_from("\ud83d\ude00"))))


class AnyCallsTests(SynchronousTestCase):
    @settings(database=None, deadline=None)
    @given(PIECES)
    def test_pieces(self, pieces: list[tuple[int, str]]) -> None:
        """W70: however pieces of three calls come, each call's join to what was said of it."""
        started = [ToolCallStarted(str(number), "f") for number in range(3)]
        sent = stream(*started, *(ToolCallDelta(str(number), text) for number, text in pieces), CALLED)
        for number in range(3):
            whole = "".join(text for each, text in pieces if each == number) or "{}"
            expected = whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            self.assertEqual(arguments(sent)[number], expected)
