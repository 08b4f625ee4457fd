"""Held calls where no capture leads."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.errors import AnswerCut
from clinvoker.model import (
    Finished,
    Image,
    Invocation,
    Message,
    Started,
    Text,
    TextDelta,
    Tool,
    ToolCallDelta,
    ToolCallStarted,
    Tools,
    Usage,
)
from clinvoker.talk import Ended, Parked, Record, Send
from tests.backends.codex.playing import (
    MADE,
    answer,
    asking,
    begun,
    delta,
    ends,
    events,
    greeted,
    kept,
    methods,
    note,
    sent,
    turn,
)

CALLED = [ToolCallStarted("c1", "look"), ToolCallDelta("c1", "{}")]
OVER = note("rawResponse/completed", usage={"inputTokens": 5, "outputTokens": 2})


def with_tools() -> CodexTalk:
    """A talk whose first run, which may call `look`, has its turn under way."""
    talk = greeted()
    invocation = Invocation(model="", messages=asking().messages, tools=Tools(offered=(Tool("look"),)))
    steps = talk.receive(answer(talk.begin(1, invocation), MADE))
    steps = talk.receive(answer(steps, {}))
    talk.receive(answer(steps, {"turn": {"id": "turn-1"}}))
    talk.receive(turn("started"))
    return talk


def made(call_id: str = "c1", arguments: str = "{}", name: str = "look") -> Record:
    """The model has written a call."""
    item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
    return note("rawResponseItem/completed", item=item)


def done(call_id: str) -> Record:
    """The program has a result for a call."""
    item = {"type": "function_call_output", "call_id": call_id, "output": "x"}
    return note("rawResponseItem/completed", item=item)


def wanted(call_id: str = "c1", number: int = 40) -> Record:
    """The program asks for the result of a call."""
    return {**note("item/tool/call", callId=call_id, tool="look", arguments={}), "id": number}


def parked() -> CodexTalk:
    """A talk whose first run is parked."""
    talk = with_tools()
    for record in (made(), wanted(), OVER):
        talk.receive(record)
    return talk


def result(text: str = "seen", call_id: str = "c1") -> Message:
    """The client's result."""
    return Message("tool", (Text(text),), call_id=call_id)


class ParkingTests(SynchronousTestCase):
    """When a run is parked."""

    def test_requests_first(self) -> None:
        """Not before the response is over: there could be more calls."""
        talk = with_tools()
        self.assertEqual([], [*talk.receive(made()), *talk.receive(wanted())])
        steps = talk.receive(OVER)
        finished = Finished("tool_calls", Usage(input=5, output=2))
        self.assertEqual([*CALLED, finished], events(steps))
        self.assertEqual(Parked(1), steps[-1])

    def test_requests_last(self) -> None:
        """Not before every call was asked for: it could not be answered."""
        talk = with_tools()
        for record in (made("c1"), made("c2"), OVER, wanted("c2", 41)):
            self.assertEqual([], talk.receive(record))
        steps = talk.receive(wanted("c1", 40))
        self.assertEqual(["c1", "c2"], [e.id for e in events(steps) if isinstance(e, ToolCallStarted)])

    def test_not_counted(self) -> None:
        """A provider that does not count has cost nothing."""
        talk = with_tools()
        for record in (made(), wanted()):
            talk.receive(record)
        steps = talk.receive(note("rawResponse/completed", usage=None))
        self.assertEqual(Finished("tool_calls", Usage()), events(steps)[-1])

    def test_once(self) -> None:
        """What comes while it is parked does not park it again."""
        talk = parked()
        self.assertEqual([], [*talk.receive(done("c0")), *talk.receive(OVER)])

    def test_answered_by_the_program(self) -> None:
        """A call that the program answered after all is not waited for."""
        talk = with_tools()
        for record in (made("c1"), made("c2"), OVER, wanted("c2")):
            talk.receive(record)
        steps = talk.receive(done("c1"))
        self.assertEqual(["c2"], [e.id for e in events(steps) if isinstance(e, ToolCallStarted)])

    def test_no_object(self) -> None:
        """A call with other arguments than an object is given back to the model at once."""
        talk = with_tools()
        self.assertEqual([], talk.receive(made(arguments="[1]")))
        (step,) = talk.receive(wanted(number=9))
        assert isinstance(step, Send)
        self.assertEqual(9, step.record["id"])
        self.assertIn("must be a JSON object", repr(step.record["result"]))
        self.assertEqual([], talk.receive(OVER))

    def test_answer_after_mistakes(self) -> None:
        """When the model was told its mistakes, its next response counts."""
        talk = with_tools()
        for record in (made("c0", "no"), OVER, done("c0"), made(), wanted()):
            self.assertEqual([], talk.receive(record))
        self.assertEqual(Parked(1), talk.receive(OVER)[-1])

    def test_without_tools(self) -> None:
        """A run that was offered none is asked for none."""
        self.assertNotIn("dynamicTools", repr(sent(greeted().begin(1, asking()))))
        (step,) = begun().receive(wanted())
        assert isinstance(step, Send)
        self.assertIn("contentItems", repr(step.record))

    def test_stranger(self) -> None:
        """A request of a thread that nobody knows is refused."""
        (step,) = parked().receive(
            {"id": 3, "method": "item/tool/call", "params": {"threadId": "x", "callId": "c"}}
        )
        assert isinstance(step, Send)
        self.assertIn("error", step.record)


class ResumeTests(SynchronousTestCase):
    """A parked run goes on."""

    def test_answers(self) -> None:
        """The requests are answered, and the rest of the turn is heard as the new run."""
        talk = parked()
        steps = talk.resume(1, 2, [result()])
        content = [{"type": "inputText", "text": "seen"}]
        self.assertEqual([{"id": 40, "result": {"contentItems": content, "success": True}}], sent(steps))
        self.assertEqual([Started("gpt-6.1-sol")], events(steps, 2))
        talk.receive(done("c1"))
        self.assertEqual([TextDelta("a")], events(talk.receive(delta("a")), 2))
        steps = talk.receive(turn("completed", "completed"))
        self.assertEqual([2], kept(steps))

    def test_parts(self) -> None:
        """Results of many parts, with pictures, and of none."""
        picture = Image("image/png", "AAAA")
        talk = parked()
        steps = talk.resume(1, 2, [Message("tool", (Text("a"), picture), call_id="c1")])
        self.assertIn({"type": "inputImage", "imageUrl": "data:image/png;base64,AAAA"}, _content(steps[-1]))
        steps = parked().resume(1, 2, [Message("tool", (), call_id="c1")])
        self.assertEqual([{"type": "inputText", "text": ""}], _content(steps[-1]))

    def test_text_before(self) -> None:
        """The text of a run is no paragraph after that of the run before."""
        talk = with_tools()
        for record in (delta("a"), made(), wanted(), OVER):
            talk.receive(record)
        talk.resume(1, 2, [result()])
        self.assertEqual([TextDelta("b")], events(talk.receive(delta("b", "msg-2")), 2))
        item = {"type": "agentMessage", "text": "b"}
        steps = talk.receive(turn("completed", "completed", items=[item]))
        self.assertEqual([Finished], [type(event) for event in events(steps, 2)])

    def test_usage(self) -> None:
        """A run is told what it cost itself: the thread's total less what the run before was told."""
        talk = parked()
        talk.resume(1, 2, [result()])
        for total in (5, 12):
            usage = {"total": {"inputTokens": total, "outputTokens": 2}}
            talk.receive(note("thread/tokenUsage/updated", tokenUsage=usage))
        steps = talk.receive(turn("completed", "completed"))
        self.assertEqual(Finished("stop", Usage(input=7)), events(steps, 2)[-1])

    def test_over_in_the_meantime(self) -> None:
        """A turn that is over cannot go on; the run has failed in a way that another can cure."""
        talk = parked()
        talk.receive(note("thread/closed"))
        (step,) = talk.resume(1, 2, [result()])
        assert isinstance(step, Ended)
        self.assertIsInstance(step.error, AnswerCut)
        assert step.error is not None
        self.assertTrue(step.error.transient)

    def test_too_large(self) -> None:
        """Results that the program would repeat on too long a line come in a conversation of their own."""
        talk = parked()
        steps = talk.resume(1, 2, [result("x" * 9_000_000)])
        self.assertEqual(["turn/interrupt", "thread/start"], methods(steps))
        steps = talk.receive(answer(steps, {**MADE, "thread": {"id": "thread-2"}}))
        (injected,) = sent(steps)
        kinds = [item["type"] for item in injected["params"]["items"]]  # type: ignore[index]
        self.assertEqual(["message", "function_call", "function_call_output"], kinds)
        self.assertEqual([None], ends(talk.receive(turn("completed", "interrupted"))))


class GivingUpTests(SynchronousTestCase):
    """A parked run is given up."""

    def test_interrupted(self) -> None:
        """The turn is interrupted and the thread let go; late requests mean nothing."""
        talk = parked()
        self.assertEqual(["turn/interrupt"], methods(talk.interrupt(1)))
        self.assertEqual([], talk.receive(done("c1")))
        steps = talk.receive(turn("completed", "interrupted"))
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps)))

    def test_resumed_and_interrupted(self) -> None:
        """A run that went on is interrupted under its new number."""
        talk = parked()
        talk.resume(1, 2, [result()])
        self.assertEqual([], talk.interrupt(1))
        self.assertEqual(["turn/interrupt"], methods(talk.interrupt(2)))
        self.assertEqual([None], ends(talk.receive(turn("completed", "interrupted")), 2))

    def test_before_the_calls_are_whole(self) -> None:
        """A run that is interrupted while calls come is not parked."""
        talk = with_tools()
        talk.receive(made())
        talk.interrupt(1)
        self.assertEqual([], [*talk.receive(wanted()), *talk.receive(OVER)])
        self.assertEqual([None], ends(talk.receive(turn("completed", "interrupted"))))


def _content(step: object) -> list[object]:
    assert isinstance(step, Send)
    return step.record["result"]["contentItems"]  # type: ignore[index,no-any-return]
