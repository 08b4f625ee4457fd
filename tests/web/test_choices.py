"""Several answers to one request: a run for each."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.model import Finished, TextDelta, Usage
from clinvoker.testing.runs import MemoryRun
from tests.web.test_completions import chunks
from tests.web.wire import ASK, CHAT, STREAM, House, Reply

END = Finished("stop", Usage(input=3, output=2))


class ChoicesCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.wire = self.house.wire()

    def ask(self, asked: Any, n: int = 3) -> list[MemoryRun]:
        self.wire.post(CHAT, {**asked, "n": n})
        return self.house.runs.runs

    def assert_cancelled(self, *expected: bool) -> None:
        self.assertEqual(list(expected), [run.cancelled for run in self.house.runs.runs])

    def assert_at_rest(self) -> None:
        """The only timers left are those of the idle connection; nothing was logged as unheard."""
        self.assertEqual(2, len(self.house.clock.getDelayedCalls()))
        self.assertEqual([], self.flushLoggedErrors())


class AnswerTests(ChoicesCase):
    def test_whole(self) -> None:
        """W40: each run is one choice; the answer comes when all have ended."""
        first, second = self.ask(ASK, 2)
        self.assertEqual(first.invocation, second.invocation)
        second.hear(TextDelta("b"), END)
        self.assertEqual(b"", self.wire.take())
        first.hear(TextDelta("a"), END)
        reply = Reply(self.wire.take())
        self.assertEqual(["a", "b"], [each["message"]["content"] for each in reply.json["choices"]])
        self.assertEqual(10, reply.json["usage"]["total_tokens"])
        self.assert_at_rest()

    def test_stream(self) -> None:
        """W58, W63: choices are opened in their order, whoever speaks first; [DONE] ends them all."""
        first, second = self.ask(STREAM, 2)
        second.hear(TextDelta("b"), END)
        first.hear(TextDelta("a"), END)
        *said, done = chunks(Reply(self.wire.take()).body)
        self.assertEqual(b"[DONE]", done)
        self.assertEqual([0, 1, 1, 1, 0, 0], [each["choices"][0]["index"] for each in said])
        self.assert_at_rest()


class FailureTests(ChoicesCase):
    def test_before_the_first_byte(self) -> None:
        """W71: one that fails before anything was said fails the request; the others are given up."""
        runs = self.ask(STREAM)
        runs[1].fail(errors.RateLimited("slow down"))
        self.assertEqual(429, Reply(self.wire.take()).status)
        self.assert_cancelled(True, False, True)
        self.assert_at_rest()

    def test_whole(self) -> None:
        """A whole answer needs all of them: what others said is thrown away."""
        runs = self.ask(ASK)
        runs[0].hear(TextDelta("a"), END)
        runs[2].fail(errors.AgentDied("died"))
        reply = Reply(self.wire.take())
        self.assertEqual((502, "backend_died"), (reply.status, reply.code))
        self.assert_cancelled(False, True, False)
        self.assert_at_rest()

    def test_later(self) -> None:
        """W72: one that fails later ends the stream with its error; nothing follows."""
        runs = self.ask(STREAM)
        runs[0].hear(TextDelta("a"))
        runs[1].fail(errors.AnswerCut("cut"))
        runs[0].hear(TextDelta("late"))
        *_, last = chunks(Reply(self.wire.take()).body)
        self.assertEqual("answer_cut", last["error"]["code"])
        self.assert_cancelled(True, False, True)
        self.assert_at_rest()

    def test_at_once(self) -> None:
        """Those that fail together are one failure."""
        runs = self.ask(ASK)
        for run in runs:
            if not run.cancelled:
                run.fail(errors.Busy("full"))
        self.assertEqual(503, Reply(self.wire.take()).status)
        self.assert_at_rest()


class LeavingTests(ChoicesCase):
    def test_leaving(self) -> None:
        """W87: the client's leaving gives all of them up."""
        for asked in (ASK, STREAM):
            self.setUp()
            runs = self.ask(asked)
            runs[0].hear(TextDelta("a"))
            self.wire.leave()
            self.assert_cancelled(True, True, True)
            self.assertEqual([], self.flushLoggedErrors())

    def test_leaving_late(self) -> None:
        """What has ended is left alone."""
        runs = self.ask(STREAM)
        runs[1].hear(END)
        self.wire.leave()
        self.assert_cancelled(True, False, True)


class PaceTests(ChoicesCase):
    def test_pause(self) -> None:
        """A client that does not read holds all of them, and lets all go on."""
        runs = self.ask(STREAM)
        self.wire.stall()
        self.assertEqual([True] * 3, [run.paused for run in runs])
        self.wire.read_on()
        self.assertEqual([False] * 3, [run.paused for run in runs])

    def test_ended(self) -> None:
        """A run that has ended is not touched: its program may be another's by now."""
        runs = self.ask(STREAM)
        runs[1].hear(TextDelta("b"), END)
        self.wire.stall()
        self.assertEqual([True, False, True], [run.paused for run in runs])
