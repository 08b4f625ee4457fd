"""Tests for the streamed chat answer."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import AnswerCut
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, FinishReason, ReasoningDelta, Started, TextDelta, Usage
from tests.conformance.schemas import complaints
from tests.dialects.chats import CREATED, HELLO, IDENTITY, USAGE, chunks, payloads, renderer, said

WITH_USAGE = {"include_usage": True}
FINISHED = Finished("stop", USAGE)


def stream(*events: Event, **fields: object) -> bytes:
    """All the bytes of an answer, its events fed one by one."""
    answer = renderer(stream=True, **fields)
    return b"".join(answer.feed([event]) for event in events)


class FormatTests(SynchronousTestCase):
    """The answer as a stream of events."""

    def test_provides_the_interface(self) -> None:
        """The renderer is an `IRenderer` of an event stream."""
        answer = renderer(stream=True)
        verifyObject(IRenderer, answer)
        self.assertEqual(answer.content_type, b"text/event-stream; charset=utf-8")

    def test_framing(self) -> None:
        """W53: each event is one `data:` line and a blank line, whatever the text holds."""
        sent = stream(TextDelta("a\nb\r\n\u2028\u0085data: x\n\n"), FINISHED)
        for block in sent.removesuffix(b"\n\n").split(b"\n\n"):
            self.assertRegex(block, rb"\Adata: [^\r\n]+\Z")
        self.assertEqual(said(sent), "a\nb\r\n\u2028\u0085data: x\n\n")

    def test_done(self) -> None:
        """W63: `[DONE]` comes once and last."""
        sent = payloads(stream(*HELLO))
        self.assertEqual((sent[-1], sent.count("[DONE]")), ("[DONE]", 1))

    def test_schema(self) -> None:
        """W55, W59, W66: every chunk is one by OpenAI's schema, has an index and `choices`."""
        for options in (None, WITH_USAGE):
            for chunk in chunks(stream(Started("m"), ReasoningDelta("hm"), *HELLO, stream_options=options)):
                self.assertEqual(complaints("CreateChatCompletionStreamResponse", chunk), [])

    def test_shared(self) -> None:
        """W39, W56: id, created and model are the same in all chunks; the model as the client called it."""
        found = chunks(stream(*HELLO, model='a "b" \U0001f600', stream_options=WITH_USAGE))
        shared = {(chunk["id"], chunk["object"], chunk["created"], chunk["model"]) for chunk in found}
        name = f"chatcmpl-{IDENTITY}"
        self.assertEqual(shared, {(name, "chat.completion.chunk", CREATED, 'a "b" \U0001f600')})


class OrderTests(SynchronousTestCase):
    """What comes when."""

    def test_silent_until_there_is_output(self) -> None:
        """W71: nothing is written on `Started` or for empty pieces, so that an error can be a status."""
        answer = renderer(stream=True)
        self.assertEqual(answer.feed([Started("m"), TextDelta(""), ReasoningDelta("")]), b"")

    def test_first_piece_at_once(self) -> None:
        """W54, W74: each piece is there when it is known."""
        answer = renderer(stream=True)
        pieces = [said(answer.feed([TextDelta(text)])) for text in ("Hel", "lo", " you")]
        self.assertEqual(pieces, ["Hel", "lo", " you"])

    def test_role(self) -> None:
        """W57, W58: the first chunk has index 0 and the role, which comes once."""
        choices = [chunk["choices"][0] for chunk in chunks(stream(*HELLO))]
        self.assertEqual(choices[0]["index"], 0)
        self.assertEqual([choice["delta"].get("role") for choice in choices], ["assistant", None, None, None])

    def test_increments(self) -> None:
        """W60: each delta is what is new."""
        deltas = [chunk["choices"][0]["delta"].get("content") for chunk in chunks(stream(*HELLO))]
        self.assertEqual(deltas, ["", "Hel", "lo", None])

    def test_finish_reason(self) -> None:
        """W44, W45, W61: null until the last chunk, whose delta is empty."""
        reasons: tuple[FinishReason, ...] = ("stop", "length", "content_filter")
        for reason in reasons:
            choices = [
                chunk["choices"][0] for chunk in chunks(stream(TextDelta("a"), Finished(reason, USAGE)))
            ]
            self.assertEqual([choice["finish_reason"] for choice in choices], [None, None, reason])
            self.assertEqual(choices[-1]["delta"], {})

    def test_empty_answer(self) -> None:
        """An answer without text still has its role, its reason and its end."""
        sent = stream(Started("m"), FINISHED)
        self.assertEqual([chunk["choices"][0]["finish_reason"] for chunk in chunks(sent)], [None, "stop"])
        self.assertEqual(chunks(sent)[0]["choices"][0]["delta"]["role"], "assistant")

    def test_reasoning(self) -> None:
        """Thoughts are deltas of their own, before or between those of the text."""
        sent = stream(ReasoningDelta("hm"), TextDelta("a"), ReasoningDelta(" so"), TextDelta("b"), FINISHED)
        self.assertEqual((said(sent, "reasoning_content"), said(sent)), ("hm so", "ab"))
        self.assertEqual(chunks(sent)[0]["choices"][0]["delta"], {"role": "assistant", "content": ""})


class UsageTests(SynchronousTestCase):
    """W62, W64: the usage comes when asked for, once, alone."""

    def test_not_asked(self) -> None:
        """Without being asked no chunk speaks of usage."""
        self.assertTrue(all("usage" not in chunk for chunk in chunks(stream(*HELLO))))

    def test_asked(self) -> None:
        """When asked, it is null on all chunks but one last chunk without choices."""
        *others, last = chunks(stream(*HELLO, stream_options=WITH_USAGE))
        self.assertEqual([chunk["usage"] for chunk in others], [None] * len(others))
        self.assertEqual((last["choices"], last["usage"]["total_tokens"]), ([], 19))

    def test_details(self) -> None:
        """W46: the total is the sum; cached and reasoning tokens are parts of their counts."""
        last = chunks(stream(*HELLO, stream_options=WITH_USAGE))[-1]
        expected = {
            "prompt_tokens": 12,
            "completion_tokens": 7,
            "total_tokens": 19,
            "prompt_tokens_details": {"cached_tokens": 5},
            "completion_tokens_details": {"reasoning_tokens": 3},
        }
        self.assertEqual(last["usage"], expected)

    def test_unknown(self) -> None:
        """Where the program told nothing, nothing is made up."""
        sent = stream(TextDelta("a"), Finished("stop", Usage()), stream_options=WITH_USAGE)
        self.assertEqual(chunks(sent)[-1]["usage"]["total_tokens"], 0)


class TroubleTests(SynchronousTestCase):
    """When nothing happens, and when it goes wrong."""

    def test_idle(self) -> None:
        """W65: signs of life are comments, which no reader sees, at any moment."""
        answer = renderer(stream=True)
        sent = b"".join(part for event in HELLO for part in (answer.idle(), answer.feed([event])))
        self.assertEqual(answer.idle(), b": keep-alive\n\n")
        self.assertEqual(payloads(sent), payloads(stream(*HELLO)))

    def test_failure(self) -> None:
        """W72, W73, W75: an error after output is its own event, without a reason to finish or `[DONE]`."""
        answer = renderer(stream=True)
        begun = answer.feed([TextDelta("Hel")])
        last = answer.fail(AnswerCut("It broke.", "claude"))
        self.assertTrue(last.startswith(b'data: {"error":'))
        error = json.loads(payloads(last)[0])
        self.assertEqual(complaints("ErrorResponse", error), [])
        self.assertEqual(error["error"]["message"], "It broke.")
        self.assertNotIn(b"[DONE]", begun + last)
        self.assertEqual([chunk["choices"][0]["finish_reason"] for chunk in chunks(begun)], [None, None])


SURROGATES = st.sampled_from("\ud83d\ude00")
TEXTS = st.text(st.characters() | SURROGATES)
DELTAS = st.lists(st.builds(TextDelta, TEXTS) | st.builds(ReasoningDelta, TEXTS))


class AnyTextTests(SynchronousTestCase):
    @settings(database=None, deadline=None)
    @given(DELTAS, st.data())
    def test_batches_do_not_matter(self, deltas: list[Event], data: st.DataObject) -> None:
        """However events are batched, the same bytes come: any text, halves of pairs included."""
        events = [*deltas, FINISHED]
        answer, sent = renderer(stream=True), b""
        while events:
            count = data.draw(st.integers(1, len(events)))
            sent += answer.feed(events[:count])
            events = events[count:]
        self.assertEqual(sent, stream(*deltas, FINISHED))
        whole = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
        self.assertEqual(said(sent), whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
