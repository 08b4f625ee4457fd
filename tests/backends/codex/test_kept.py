"""Conversations that stay in their threads after an answer."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.errors import AnswerCut, NotLoggedIn, ProviderFailed
from clinvoker.model import Finished, Message, Started, Text, TextDelta, Usage
from clinvoker.talk import Ended, Record
from tests.backends.codex.playing import (
    MADE,
    answer,
    asking,
    begun,
    capture,
    delta,
    ends,
    events,
    kept,
    methods,
    note,
    play,
    sent,
    turn,
)
from tests.backends.codex.test_calls import OVER, made, parked, result, wanted, with_tools

OTHER = {**MADE, "thread": {"id": "thread-2"}}
NEXT = (Message("user", (Text("and now?"),)),)
REFUSED = {"message": "no", "codexErrorInfo": "unauthorized"}


def resting(talk: CodexTalk | None = None) -> CodexTalk:
    """A talk whose first run said "yes" and is kept."""
    talk = talk or begun()
    talk.receive(delta("yes"))
    assert kept(talk.receive(turn("completed", "completed"))) == [1]
    return talk


def resumed() -> CodexTalk:
    """A talk whose second run, which goes on with the first, has its turn under way."""
    talk = resting()
    steps = talk.receive(answer(talk.resume(1, 2, NEXT), {}))
    talk.receive(answer(steps, {"turn": {"id": "turn-2"}}))
    talk.receive(turn("started"))
    return talk


class CaptureTests(SynchronousTestCase):
    """Whole captures of the real program (0.169.0)."""

    def test_same_words(self) -> None:
        """The talk writes what was written when the capture was made."""
        for name in ("kept", "kept-tools"):
            lines = capture(f"chat-{name}")
            expected = [line.msg for line in lines if line.dir == "out"]
            self.assertEqual(expected, sent(play(lines)), name)

    def test_rounds(self) -> None:
        """Each run hears its own answer and its own usage; one that fails is not kept."""
        steps = play(capture("chat-kept"))
        self.assertEqual([1, 2, 3, 4], kept(steps))
        said = [TextDelta("one"), TextDelta(" two")]
        finished = Finished("stop", Usage(input=25, output=2))
        self.assertEqual([Started("gpt-6.1-sol"), *said, finished], events(steps, 1))
        self.assertEqual(Finished("stop", Usage(input=25, output=2, reasoning=1)), events(steps, 2)[-1])
        self.assertEqual(
            [[], [], [None], [], [ProviderFailed]], [_kinds(ends(steps, n)) for n in range(1, 6)]
        )

    def test_tools(self) -> None:
        """A conversation that was kept can be parked, and kept again after the results."""
        steps = play(capture("chat-kept-tools"))
        self.assertEqual([1, 2, 4, 5], kept(steps))
        self.assertEqual("tool_calls", _reason(events(steps, 3)[-1]))
        self.assertEqual([None], ends(steps, 5))

    def test_more_than_was_told(self) -> None:
        """A thread that holds what no client was told is not kept: two answers, a tool nobody offered."""
        for name in ("two-messages", "unknown-tool", "incomplete", "filtered", "401"):
            self.assertEqual([], kept(play(capture(f"chat-{name}"))), name)


class KeepingTests(SynchronousTestCase):
    """What is kept."""

    def test_quietly(self) -> None:
        """The thread is not let go, and a late interruption means nothing."""
        talk = begun()
        talk.receive(delta("yes"))
        self.assertEqual([], methods(talk.receive(turn("completed", "completed"))))
        self.assertEqual([], talk.interrupt(1))

    def test_silence(self) -> None:
        """An answer of nothing, which the client may send back as a message, is none in the thread."""
        steps = begun().receive(turn("completed", "completed"))
        self.assertEqual(([], [None]), (kept(steps), ends(steps)))

    def test_mistaken_call(self) -> None:
        """A call that the program answered by itself is not in the client's conversation."""
        for record in (made(name="unknown"), made(arguments="[1]")):
            talk = with_tools()
            for each in (record, OVER, delta("well")):
                talk.receive(each)
            self.assertEqual([], kept(talk.receive(turn("completed", "completed"))))

    def test_after_results(self) -> None:
        """A turn that was parked is kept when it has come to its end."""
        talk = parked()
        talk.resume(1, 2, [result()])
        talk.receive(delta("sunny"))
        self.assertEqual([2], kept(talk.receive(turn("completed", "completed"))))

    def test_used_up(self) -> None:
        """A process that takes no more runs keeps nothing: it is to end."""
        talk = begun()
        talk.open = False
        talk.receive(delta("yes"))
        steps = talk.receive(turn("completed", "completed"))
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps)))


class ResumeTests(SynchronousTestCase):
    """A kept conversation goes on."""

    def test_injected(self) -> None:
        """Only what is new is put in, all of it, and a turn begun without input of its own."""
        talk = resting()
        steps = talk.resume(1, 2, (*NEXT, *NEXT))
        [injected] = sent(steps)
        content = [{"type": "input_text", "text": "and now?"}]
        item = {"type": "message", "role": "user", "content": content}
        self.assertEqual({"threadId": "thread-1", "items": [item, item]}, injected["params"])
        [started] = sent(talk.receive(answer(steps, {})))
        self.assertEqual({"threadId": "thread-1", "input": []}, started["params"])

    def test_heard(self) -> None:
        """The answer is the new run's, from its start, and no paragraph after the old one."""
        talk = resting()
        steps = talk.receive(answer(talk.resume(1, 2, NEXT), {}))
        talk.receive(answer(steps, {"turn": {"id": "turn-2"}}))
        self.assertEqual([Started("gpt-6.1-sol")], events(talk.receive(turn("started")), 2))
        self.assertEqual([TextDelta("no")], events(talk.receive(delta("no", "msg-2")), 2))
        self.assertEqual([2], kept(talk.receive(turn("completed", "completed"))))

    def test_gone(self) -> None:
        """A thread that the program dropped cannot go on, a failure that another attempt cures."""
        talk = resting()
        self.assertEqual([AnswerCut], _kinds(ends(talk.receive(note("thread/closed")))))
        [step] = talk.resume(1, 2, NEXT)
        assert isinstance(step, Ended)
        assert step.error is not None
        self.assertTrue(step.error.transient)

    def test_refused(self) -> None:
        """The same if the program finds that out only when it is asked, by either request."""
        talk = resting()
        first = talk.resume(1, 2, NEXT)
        [error] = ends(talk.receive(answer(first, error="thread not found: thread-1")), 2)
        assert isinstance(error, AnswerCut)
        self.assertTrue(error.transient)
        talk = resting()
        second = talk.receive(answer(talk.resume(1, 2, NEXT), {}))
        self.assertEqual([AnswerCut], _kinds(ends(talk.receive(answer(second, error="gone")), 2)))

    def test_failed(self) -> None:
        """A turn that fails ends the conversation: its thread is let go."""
        steps = resumed().receive(turn("completed", "failed", error={"message": "x"}))
        self.assertEqual(["thread/unsubscribe"], methods(steps))
        self.assertEqual(([], [ProviderFailed]), (kept(steps), _kinds(ends(steps, 2))))

    def test_counts(self) -> None:
        """A process is used up by turns, whatever thread they are in."""
        talk = resting()
        runs = 1
        while talk.open:
            runs += 1
            talk.receive(answer(talk.receive(answer(talk.resume(runs - 1, runs, NEXT), {})), {}))
            talk.receive(delta("yes"))
            talk.receive(turn("completed", "completed"))
        self.assertEqual(2000, runs)

    def test_parked_with_much(self) -> None:
        """Results too large for a kept conversation's turn take all of it into a thread of their own."""
        talk = resting(with_tools())
        talk.receive(answer(talk.receive(answer(talk.resume(1, 2, NEXT), {})), {}))
        for record in (turn("started"), made(), wanted(), OVER):
            talk.receive(record)
        steps = talk.receive(answer(talk.resume(2, 3, [result("x" * 9_000_000)]), OTHER))
        [injected] = sent(steps)
        kinds = [item.get("role", item["type"]) for item in _items(injected)]
        self.assertEqual(["user", "assistant", "user", "function_call", "function_call_output"], kinds)


class EndTests(SynchronousTestCase):
    """A kept conversation is given up."""

    def test_forgotten(self) -> None:
        """Its thread is let go and its place is free at once."""
        steps = resting().forget(1)
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps)))

    def test_forgotten_when_gone(self) -> None:
        """One that is gone has ended."""
        talk = resting()
        talk.receive(note("thread/closed"))
        self.assertEqual([Ended(1)], talk.forget(1))

    def test_interrupted_early(self) -> None:
        """A run given up before its turn has begun begins none, and ends the conversation."""
        talk = resting()
        steps = talk.resume(1, 2, NEXT)
        self.assertEqual([], talk.interrupt(2))
        steps = talk.receive(answer(steps, {}))
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps, 2)))

    def test_interrupted(self) -> None:
        """A run given up in its turn is interrupted there, and what it was to be kept for is over."""
        talk = resumed()
        self.assertEqual([], talk.interrupt(1))
        self.assertEqual(["turn/interrupt"], methods(talk.interrupt(2)))
        steps = talk.receive(turn("completed", "interrupted"))
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps, 2)))

    def test_login_refused(self) -> None:
        """When a process turns out to have a bad login, what it keeps ends too: another may do better."""
        talk = resting()
        steps = talk.receive(answer(talk.begin(2, asking()), OTHER))
        talk.receive(answer(talk.receive(answer(steps, {})), {}))
        failed = turn("completed", "failed", error=REFUSED)
        steps = talk.receive({**failed, "params": {**_params(failed), "threadId": "thread-2"}})
        self.assertEqual([NotLoggedIn], _kinds(ends(steps, 2)))
        self.assertEqual([None], ends(steps, 1))
        self.assertEqual(["thread/unsubscribe"] * 2, methods(steps))


def _kinds(errors: list[object] | list[Exception | None]) -> list[object]:
    return [error and type(error) for error in errors]


def _reason(event: object) -> str:
    assert isinstance(event, Finished)
    return event.reason


def _params(record: Record) -> dict[str, object]:
    params = record["params"]
    assert isinstance(params, dict)
    return params


def _items(record: Record) -> list[dict[str, object]]:
    items = _params(record)["items"]
    assert isinstance(items, list)
    return items
