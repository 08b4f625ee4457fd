"""Completions over the wire: streamed, whole, failing, left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import IPushProducer
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker import errors
from clinvoker.model import Finished, TextDelta, Usage
from clinvoker.web.completions import Answer
from tests.web.wire import ASK, CHAT, STREAM, House, Reply

END = Finished("stop", Usage(input=3, output=2))


def chunks(body: bytes) -> Sequence[Any]:
    lines = [line[6:] for line in body.splitlines() if line.startswith(b"data: ")]
    return [line if line == b"[DONE]" else json.loads(line) for line in lines]


class CompletionsCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.wire = self.house.wire()

    def failed(self, error: errors.ClinvokerError) -> Reply:
        self.house.run.fail(error)
        return Reply(self.wire.take())

    def assert_at_rest(self) -> None:
        """The only timers left are those of the idle connection, which takes another request."""
        self.assertEqual(2, len(self.house.clock.getDelayedCalls()))
        self.assertEqual(200, self.wire.get("/health").status)


class StreamTests(CompletionsCase):
    def setUp(self) -> None:
        super().setUp()
        self.wire.post(CHAT, STREAM, {"X-Request-Id": "mine"})

    def test_nothing_before_the_first_event(self) -> None:
        """Not even headers go out while there may still be a status to tell."""
        self.assertEqual(b"", self.wire.take())

    def test_text_as_it_comes(self) -> None:
        """W54: the first words are with the client while the run goes on, its headers before them."""
        self.house.run.hear(TextDelta("hi"))
        head, _, body = self.wire.take().partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 OK"))
        for line in (b"text/event-stream", b"cache-control: no-cache", b"x-accel-buffering: no"):
            self.assertIn(line, head.lower())
        self.assertIn(b'"hi"', body)

    def test_one_write(self) -> None:
        """Events that became known together are one write: one chunk of the transfer."""
        self.house.run.hear(TextDelta("a"))
        self.wire.take()
        self.house.run.hear(TextDelta("b"), TextDelta("c"))
        size, _, rest = self.wire.take().partition(b"\r\n")
        self.assertEqual(int(size, 16), len(rest) - 2)

    def test_end(self) -> None:
        """W12: the stream ends with the dialect's last words and a last chunk; the connection lives on."""
        self.house.run.hear(TextDelta("hi"), END)
        reply = Reply(self.wire.take())
        self.assertEqual(b"[DONE]", chunks(reply.body)[-1])
        self.assertEqual("mine", reply.headers["x-request-id"])
        self.assertTrue(self.wire.transport.connected)
        self.assert_at_rest()

    def test_failure_before_first_byte(self) -> None:
        """W71: a failure before the first byte is a plain status, with JSON."""
        reply = self.failed(errors.RateLimited("slow down", retry_after=2))
        self.assertEqual((429, "rate_limit_exceeded"), (reply.status, reply.code))
        self.assertEqual("application/json", reply.headers["content-type"])
        self.assertEqual(("2", "mine"), (reply.headers["retry-after"], reply.headers["x-request-id"]))
        self.assert_at_rest()

    def test_failure_later(self) -> None:
        """W72, W73: a later one is the last event; neither [DONE] nor a finish_reason is told."""
        self.house.run.hear(TextDelta("hi"))
        reply = self.failed(errors.AnswerCut("cut"))
        self.assertEqual(200, reply.status)
        *said, last = chunks(reply.body)
        self.assertEqual("answer_cut", last["error"]["code"])
        self.assertEqual({None}, {chunk["choices"][0]["finish_reason"] for chunk in said})
        self.assert_at_rest()

    def test_bug_later(self) -> None:
        """A bug after the first byte ends the stream the same way and tells no more than its id."""
        self.house.run.hear(TextDelta("hi"))
        self.house.run.ended.errback(ZeroDivisionError("secret"))
        last = chunks(Reply(self.wire.take()).body)[-1]
        self.assertEqual("internal_error", last["error"]["code"])
        self.assertIn("mine", last["error"]["message"])
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_request_id_handed_on(self) -> None:
        """The run knows the request by the id the client sees."""
        self.assertEqual("mine", self.house.run.invocation.request_id)


class LifeTests(CompletionsCase):
    """What goes out while nothing happens."""

    def test_keep_alive(self) -> None:
        """W65: after keepalive_secs of silence a comment is sent, again and again."""
        self.wire.post(CHAT, STREAM)
        self.house.clock.advance(14.9)
        self.assertEqual(b"", self.wire.take())
        self.house.clock.advance(0.1)
        self.assertIn(b": keep-alive", self.wire.take())
        self.house.clock.advance(15)
        self.assertIn(b": keep-alive", self.wire.take())

    def test_silence_counts_from_the_last_byte(self) -> None:
        """Words put it off."""
        self.wire.post(CHAT, STREAM)
        self.house.clock.advance(10)
        self.house.run.hear(TextDelta("hi"))
        self.wire.take()
        self.house.clock.advance(10)
        self.assertEqual(b"", self.wire.take())
        self.house.clock.advance(5)
        self.assertIn(b": keep-alive", self.wire.take())

    def test_failure_after_a_comment(self) -> None:
        """A comment commits the answer: the failure is told in the stream."""
        self.wire.post(CHAT, STREAM)
        self.house.clock.advance(15)
        self.house.run.fail(errors.AgentDied("died"))
        reply = Reply(self.wire.take())
        self.assertEqual((200, "backend_died"), (reply.status, chunks(reply.body)[-1]["error"]["code"]))

    def test_whole(self) -> None:
        """W14: a whole answer has no such thing and keeps its right to a status for minutes."""
        self.wire.post(CHAT, ASK)
        for _ in range(60):
            self.house.clock.advance(15)
        self.assertEqual(b"", self.wire.take())
        self.assertEqual(504, self.failed(errors.TimedOut("limits.request_secs")).status)

    def test_off(self) -> None:
        """keepalive_secs of 0 sends none."""
        house = House(keepalive_secs=0)
        wire = house.wire()
        wire.post(CHAT, STREAM)
        house.clock.advance(1000)
        self.assertEqual(b"", wire.take())

    def test_not_while_stalled(self) -> None:
        """Nothing is heaped up for a client that does not read."""
        self.wire.post(CHAT, STREAM)
        self.wire.stall()
        self.house.clock.advance(60)
        self.assertEqual(b"", self.wire.take())


class WholeTests(CompletionsCase):
    def setUp(self) -> None:
        super().setUp()
        self.wire.post(CHAT, ASK)

    def test_answer(self) -> None:
        """A whole answer comes at the end, as JSON."""
        self.house.run.hear(TextDelta("hi"))
        self.assertEqual(b"", self.wire.take())
        self.house.run.hear(TextDelta(" you"), END)
        reply = Reply(self.wire.take())
        self.assertEqual((200, "application/json"), (reply.status, reply.headers["content-type"]))
        self.assertEqual("hi you", reply.json["choices"][0]["message"]["content"])
        self.assert_at_rest()

    def test_failure(self) -> None:
        """It may fail with a status however much was said."""
        self.house.run.hear(TextDelta("hi"))
        reply = self.failed(errors.ProviderOverloaded("529"))
        self.assertEqual((503, "provider_overloaded"), (reply.status, reply.code))
        self.assert_at_rest()

    def test_no_login(self) -> None:
        """W83, W85: the program's missing login is 503 and not to be retried."""
        reply = self.failed(errors.NotLoggedIn("run `claude login`", "claude"))
        self.assertEqual((503, "false"), (reply.status, reply.headers["x-should-retry"]))

    def test_draining(self) -> None:
        """A daemon that shuts down says when to come back."""
        reply = self.failed(errors.Draining())
        self.assertEqual((503, "5"), (reply.status, reply.headers["retry-after"]))


class RefusedTests(CompletionsCase):
    def test_bad_request(self) -> None:
        """W71, W80: what the dialect refuses is 400 naming the field, streamed or not, and begins no run."""
        for asked in (ASK, STREAM):
            reply = self.wire.posted({**asked, "messages": [{"role": "nobody", "content": ""}]})
            self.assertEqual((400, "messages[0].role"), (reply.status, reply.json["error"]["param"]))
        self.assertEqual([], self.house.runs.runs)
        self.assert_at_rest()

    def test_ignored(self) -> None:
        """Parameters that have no effect are named in a header."""
        self.wire.post(CHAT, {**ASK, "store": True, "user": "u"})
        self.house.run.hear(END)
        ignored = Reply(self.wire.take()).headers["x-clinvoker-ignored"]
        self.assertEqual({"store", "user"}, set(ignored.split(", ")))


class LeavingTests(CompletionsCase):
    """W87: the client's leaving gives the run up at once."""

    def leave(self, asked: Any, *events: Any) -> None:
        self.wire.post(CHAT, asked)
        for event in events:
            self.house.run.hear(event)
        self.wire.leave()
        self.assertTrue(self.house.run.cancelled)
        self.assertEqual([], self.flushLoggedErrors())

    def test_before_the_first_byte(self) -> None:
        """Before a word was said."""
        self.leave(STREAM)
        self.assertEqual([], self.house.clock.getDelayedCalls())

    def test_streaming(self) -> None:
        """In the middle of a stream."""
        self.leave(STREAM, TextDelta("hi"))

    def test_whole(self) -> None:
        """While a whole answer is awaited."""
        self.leave(ASK, TextDelta("hi"))

    def test_stalled(self) -> None:
        """While it does not read."""
        self.wire.post(CHAT, STREAM)
        self.wire.stall()
        self.wire.leave()
        self.assertTrue(self.house.run.cancelled)

    def test_others_go_on(self) -> None:
        """W88: another client's run goes on."""
        other = self.house.wire()
        other.post(CHAT, STREAM)
        [theirs] = self.house.runs.runs
        self.leave(STREAM, TextDelta("hi"))
        theirs.hear(TextDelta("still here"), END)
        self.assertIn(b"still here", Reply(other.take()).body)

    def test_after_the_end(self) -> None:
        """After the answer there is nothing to give up."""
        self.wire.post(CHAT, STREAM)
        self.house.run.hear(TextDelta("hi"), END)
        self.wire.leave()
        self.assertFalse(self.house.run.cancelled)


class PaceTests(CompletionsCase):
    def test_interface(self) -> None:
        """An answer is the push producer it says it is."""
        answer = Answer(None, None, self.house.clock, 15)  # type: ignore[arg-type]
        verifyObject(IPushProducer, answer)

    def test_pace(self) -> None:
        """The client's reading governs the run: a full transport pauses it, an empty one lets it go on."""
        self.wire.post(CHAT, STREAM)
        self.house.run.hear(TextDelta("a"))
        self.wire.take()
        self.wire.stall()
        self.assertTrue(self.house.run.paused)
        self.house.run.hear(TextDelta("b"), END)
        self.assertEqual(b"", self.wire.take())
        self.wire.read_on()
        self.assertIn(b'"b"', self.wire.take())
        self.assert_at_rest()

    def test_only_its_own(self) -> None:
        """A client that does not read holds up no other."""
        other = self.house.wire()
        other.post(CHAT, STREAM)
        self.wire.post(CHAT, STREAM)
        self.wire.stall()
        self.assertEqual([False, True], [run.paused for run in self.house.runs.runs])
