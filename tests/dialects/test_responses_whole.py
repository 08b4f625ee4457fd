"""Tests for the whole response."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import AnswerCut
from clinvoker.model import Finished, Started, TextDelta
from tests.conformance.schemas import complaints
from tests.dialects.chats import USAGE
from tests.dialects.responses import (
    CALLING,
    CREATED,
    HELLO,
    IDENTITY,
    THINKING,
    TOOL,
    renderer,
    stream,
    whole,
)

REQUIRED = {
    "id",
    "object",
    "created_at",
    "error",
    "incomplete_details",
    "instructions",
    "model",
    "tools",
    "output",
    "parallel_tool_calls",
    "metadata",
    "tool_choice",
    "temperature",
    "top_p",
    "text",
}
FORMAT = {"type": "json_schema", "name": "n", "schema": {"type": "object"}}
NULL = ("error", "incomplete_details", "instructions", "temperature", "top_p")
EVERYTHING = {
    "instructions": "i",
    "tools": [TOOL, {"type": "function", "name": "g", "description": "d", "strict": True}],
    "tool_choice": {"type": "function", "name": "g"},
    "parallel_tool_calls": False,
    "text": {
        "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}},
        "verbosity": "low",
    },
    "reasoning": {"effort": "high", "summary": "auto"},
    "max_output_tokens": 9,
    "temperature": 0.5,
    "top_p": 0.1,
    "metadata": {"a": "b"},
    "truncation": "auto",
    "prompt_cache_key": "k",
    "safety_identifier": "s",
    "max_tool_calls": 3,
    "previous_response_id": "resp_0",
}


class WholeTests(SynchronousTestCase):
    def test_schema(self) -> None:
        """W95-W98: it is a response by OpenAI's schema, whatever it holds and whatever was asked."""
        for events in (HELLO, CALLING, THINKING, (Started("m"), Finished("length", USAGE))):
            for fields in ({}, EVERYTHING):
                self.assertEqual(complaints("Response", whole(events, **fields)), [])

    def test_required(self) -> None:
        """W95: all that is required is there, null or empty where nothing is to be said."""
        got = whole(HELLO)
        self.assertLessEqual(REQUIRED, set(got))
        self.assertEqual(
            (got["id"], got["created_at"], got["model"]), (f"resp_{IDENTITY}", CREATED, "claude")
        )
        nothing = [
            got[name] for name in ("error", "incomplete_details", "instructions", "temperature", "top_p")
        ]
        self.assertEqual(nothing, [None] * 5)
        self.assertEqual((got["tools"], got["metadata"], got["tool_choice"]), ([], {}, "auto"))
        self.assertEqual(got["text"], {"format": {"type": "text"}})

    def test_echo(self) -> None:
        """What was asked is said back."""
        got = whole(HELLO, **EVERYTHING)
        for name in ("instructions", "tool_choice", "parallel_tool_calls", "text", "reasoning", "metadata"):
            self.assertEqual(got[name], EVERYTHING[name], name)
        for name in ("max_output_tokens", "temperature", "top_p", "truncation", "previous_response_id"):
            self.assertEqual(got[name], EVERYTHING[name], name)
        self.assertEqual(got["tools"][1]["description"], "d")
        self.assertEqual((got["tools"][0]["strict"], got["tools"][1]["parameters"]), (None, None))

    def test_same_as_streamed(self) -> None:
        """It is what the last event of the stream holds."""
        for events in (HELLO, CALLING, THINKING):
            self.assertEqual(whole(events), stream(*events)[-1]["response"])

    def test_silent_until_finished(self) -> None:
        """Nothing is given before the end, so that a failure is a status."""
        answer = renderer()
        self.assertEqual(answer.feed([TextDelta("a")]) + answer.idle() + answer.fail(AnswerCut("x")), b"")
        self.assertEqual(answer.content_type, b"application/json")
