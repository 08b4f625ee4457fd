"""Tests for the streamed response."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import AnswerCut, BadRequest, RateLimited
from clinvoker.interfaces import IRenderer
from clinvoker.model import (
    Action,
    Event,
    Finished,
    FinishReason,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from tests.dialects.chats import USAGE
from tests.dialects.responses import (
    CALL,
    CALLING,
    CREATED,
    HELLO,
    IDENTITY,
    THINKING,
    kinds,
    misfits,
    renderer,
    stream,
    told,
)

BEGUN = ["created", "in_progress"]
OPENED = ["output_item.added", "content_part.added"]
CLOSED = ["output_text.done", "content_part.done", "output_item.done"]
FINISHED = Finished("stop", USAGE)


class OrderTests(SynchronousTestCase):
    """W99, W100, W104, W105: what comes when."""

    def test_text(self) -> None:
        """A message is opened, said piece by piece, and closed."""
        deltas = ["output_text.delta"] * 2
        self.assertEqual(kinds(stream(*HELLO)), [*BEGUN, *OPENED, *deltas, *CLOSED, "completed"])

    def test_call(self) -> None:
        """So is a call, whose arguments come in pieces and once whole."""
        call = "function_call_arguments"
        expected = ["output_item.added", f"{call}.delta", f"{call}.delta", f"{call}.done", "output_item.done"]
        self.assertEqual(kinds(stream(*CALLING)), [*BEGUN, *expected, "completed"])

    def test_reasoning(self) -> None:
        """Thoughts are an item of their own, closed when the text begins."""
        summary = "reasoning_summary_text"
        thought = [
            "output_item.added",
            "reasoning_summary_part.added",
            f"{summary}.delta",
            f"{summary}.delta",
            f"{summary}.done",
            "reasoning_summary_part.done",
            "output_item.done",
        ]
        self.assertEqual(kinds(stream(*THINKING))[: 2 + len(thought) + 1], [*BEGUN, *thought, OPENED[0]])

    def test_several(self) -> None:
        """Text, calls and text again: each item is closed before the next call begins, and has its place."""
        events = (
            TextDelta("a"),
            ToolCallStarted("c1", "f"),
            ToolCallDelta("c1", "{}"),
            ToolCallStarted("c2", "g"),
            TextDelta("b"),
            Finished("tool_calls", USAGE),
        )
        got = stream(*events)
        done = [
            (event["output_index"], event["item"]["type"])
            for event in got
            if event["type"].endswith("item.done")
        ]
        self.assertEqual(done, [(0, "message"), (1, "function_call"), (3, "message"), (2, "function_call")])
        self.assertEqual(
            [item["type"] for item in got[-1]["response"]["output"]],
            ["message", "function_call", "function_call", "message"],
        )

    def test_silent_until_there_is_output(self) -> None:
        """W71: nothing is written on `Started` or for empty pieces, so that an error can be a status."""
        answer = renderer(stream=True)
        self.assertEqual(answer.feed([Started("m"), TextDelta(""), ReasoningDelta("")]), b"")

    def test_empty_answer(self) -> None:
        """An answer without text has a message without text."""
        got = stream(Started("m"), FINISHED)
        self.assertEqual(kinds(got), [*BEGUN, *OPENED, *CLOSED, "completed"])
        self.assertEqual(got[-1]["response"]["output"][0]["content"][0]["text"], "")

    def test_first_piece_at_once(self) -> None:
        """Each piece is there when it is known."""
        answer = renderer(stream=True)
        pieces = [told(answer.feed([TextDelta(text)]))[-1]["delta"] for text in ("Hel", "lo", " you")]
        self.assertEqual(pieces, ["Hel", "lo", " you"])


class FormatTests(SynchronousTestCase):
    """What each event holds."""

    def test_provides_the_interface(self) -> None:
        """Both renderers are `IRenderer`s."""
        for streaming in (True, False):
            verifyObject(IRenderer, renderer(stream=streaming))

    def test_schema(self) -> None:
        """W96, W97, W102: every event is one by OpenAI's schema for its type."""
        for events in (HELLO, CALLING, THINKING, (Started("m"), FINISHED), (TextDelta("x"), *CALLING)):
            self.assertEqual(misfits(stream(*events)), [])

    def test_numbers(self) -> None:
        """W101: events are numbered from 0 by one."""
        got = stream(*THINKING)
        self.assertEqual([event["sequence_number"] for event in got], list(range(len(got))))

    def test_identity(self) -> None:
        """W103: one response id, and one id of each item from its first event to its last."""
        got = stream(ReasoningDelta("hm"), TextDelta("a"), *CALLING)
        self.assertEqual({e["response"]["id"] for e in got if "response" in e}, {f"resp_{IDENTITY}"})
        for index, item_id in enumerate((f"rs_{IDENTITY}_0", f"msg_{IDENTITY}_1", f"fc_{IDENTITY}_2")):
            about = [event for event in got if event.get("output_index") == index]
            self.assertEqual({e.get("item_id") or e["item"]["id"] for e in about}, {item_id})
        self.assertEqual(got[-1]["response"]["output"][2]["id"], f"fc_{IDENTITY}_2")

    def test_lives(self) -> None:
        """The first events say that nothing is there yet, the last says all."""
        created, _, *_, last = stream(*HELLO)
        self.assertEqual(created["response"]["status"], "in_progress")
        self.assertEqual(created["response"]["output"], [])
        self.assertNotIn("usage", created["response"])
        self.assertEqual(last["response"]["status"], "completed")
        self.assertEqual(last["response"]["output"][0]["content"][0]["text"], "Hello")
        self.assertEqual(last["response"]["created_at"], CREATED)

    def test_usage(self) -> None:
        """W98: counts by this API's names, with both details."""
        expected = {
            "input_tokens": 12,
            "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
            "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 3},
            "total_tokens": 19,
        }
        self.assertEqual(stream(*HELLO)[-1]["response"]["usage"], expected)
        nothing = stream(TextDelta("a"), Finished("stop", Usage()))[-1]["response"]["usage"]
        self.assertEqual(nothing["total_tokens"], 0)

    def test_no_arguments(self) -> None:
        """W49: a call without arguments has those of an empty object."""
        got = stream(ToolCallStarted("c", "f"), Finished("tool_calls", USAGE))
        deltas = "".join(e["delta"] for e in got if e["type"].endswith("arguments.delta"))
        self.assertEqual((deltas, got[-1]["response"]["output"][0]["arguments"]), ("{}", "{}"))


class EndTests(SynchronousTestCase):
    """W105, W106: exactly one end, which says how it was."""

    def test_incomplete(self) -> None:
        """An answer that was cut says so, and why."""
        reasons: dict[FinishReason, str] = {"length": "max_output_tokens", "content_filter": "content_filter"}
        for reason, said in reasons.items():
            got = stream(TextDelta("a"), Finished(reason, USAGE))
            self.assertEqual(misfits(got), [])
            self.assertEqual(kinds(got)[-1], "incomplete")
            response = got[-1]["response"]
            self.assertEqual(
                (response["status"], response["incomplete_details"]), ("incomplete", {"reason": said})
            )
            self.assertEqual(response["output"][0]["status"], "incomplete")

    def test_failure(self) -> None:
        """W73: a failure after output is the last event, with what was said and what was wrong."""
        for error, code in (
            (AnswerCut("It broke.", "claude"), "server_error"),
            (RateLimited("It broke."), "rate_limit_exceeded"),
            (BadRequest("It broke."), "invalid_prompt"),
        ):
            answer = renderer(stream=True)
            got = told(answer.feed([TextDelta("Hel"), *CALL]) + answer.fail(error))
            self.assertEqual(misfits(got), [])
            response = got[-1]["response"]
            self.assertEqual((kinds(got)[-1], response["status"]), ("failed", "failed"))
            self.assertEqual(response["error"], {"code": code, "message": "It broke."})
            self.assertEqual([item["status"] for item in response["output"]], ["completed", "incomplete"])

    def test_failure_after_a_sign_of_life(self) -> None:
        """W100: even if nothing but signs of life came before, the first event is `created`."""
        answer = renderer(stream=True)
        got = told(answer.idle() + answer.fail(AnswerCut("It broke.")))
        self.assertEqual(kinds(got), [*BEGUN, "failed"])

    def test_once(self) -> None:
        """What goes wrong after the end changes nothing: there is one end."""
        answer = renderer(stream=True)
        answer.feed(HELLO)
        self.assertEqual((answer.fail(AnswerCut("late")), answer.cancel()), (b"", b""))
        self.assertEqual(answer.response.status, "completed")

    def test_queued(self) -> None:
        """One in the background is queued before it is under way."""
        answer = renderer(background=True)
        got = told(answer.queue() + answer.feed(HELLO))
        self.assertEqual(misfits(got), [])
        self.assertEqual(kinds(got)[:4], ["created", "queued", "in_progress", OPENED[0]])
        self.assertEqual([e["response"]["status"] for e in got[:3]], ["queued", "queued", "in_progress"])

    def test_message(self) -> None:
        """The message is what a client of chat completions would send back."""
        answer = renderer(stream=True)
        answer.feed([TextDelta("a"), *CALLING[:-1], TextDelta("b"), ReasoningDelta("hm"), TextDelta("c")])
        message = answer.message()
        self.assertEqual((message.role, message.text, len(message.parts)), ("assistant", "abc", 1))
        self.assertEqual(
            [(call.id, call.arguments) for call in message.calls], [("call_1", '{"city":"Oslo"}')]
        )


class ActionTests(SynchronousTestCase):
    def test_told_if_asked(self) -> None:
        """The agent's own steps are told to clients that asked for them, and to no other."""
        action = Action(id="1", kind="command", title="ls", status="started")
        agent = {"mode": "agent", "workdir": "/w", "actions": True}
        got = stream(action, *HELLO, clinvoker=agent)
        self.assertEqual(got[2]["type"], "clinvoker.action")
        self.assertEqual(got[2]["action"]["title"], "ls")
        self.assertEqual(got[-1]["response"]["clinvoker"]["actions"], [got[2]["action"]])
        unasked = stream(action, *HELLO)
        self.assertEqual(kinds(unasked), kinds(stream(*HELLO)))
        self.assertNotIn("clinvoker", unasked[-1]["response"])


TEXTS = st.text(st.characters() | st.sampled_from("\ud83d\ude00"))
DELTAS = st.lists(st.builds(TextDelta, TEXTS) | st.builds(ReasoningDelta, TEXTS))


class AnyTextTests(SynchronousTestCase):
    @settings(database=None, deadline=None)
    @given(DELTAS, st.data())
    def test_batches_do_not_matter(self, deltas: list[Event], data: st.DataObject) -> None:
        """However events are batched, the same bytes come; pieces add up to what the whole says."""
        events = [*deltas, FINISHED]
        answer, sent = renderer(stream=True), b""
        while events:
            count = data.draw(st.integers(1, len(events)))
            sent += answer.feed(events[:count])
            events = events[count:]
        got = told(sent)
        self.assertEqual(got, stream(*deltas, FINISHED))
        for index, item in enumerate(got[-1]["response"]["output"]):
            said = [e["delta"] for e in got if e["type"].endswith("delta") and e["output_index"] == index]
            part = (item.get("content") or item.get("summary"))[0]
            self.assertEqual("".join(said), part["text"])
