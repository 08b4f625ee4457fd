"""Calls of the client's tools: what the real program (2.1.330) wrote, and what it may write."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.model import (
    Finished,
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
from clinvoker.talk import Broken, Ended, Heard, Kept, Parked, Record, Step
from tests.backends.claude.playing import (
    asking,
    asking_with,
    capture,
    ends,
    greeted,
    play,
    reply,
    result,
    sent,
    started,
    streamed,
    text,
)

WEATHER = Tools(offered=(Tool("get_weather"),))


def _heard(steps: list[Step], run: int) -> list[object]:
    return [step.event for step in steps if isinstance(step, Heard) and step.run == run]


def _call(call_id: str, *pieces: str, name: str = "get_weather") -> list[Record]:
    block = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return [
        streamed("content_block_start", content_block=block),
        *(streamed("content_block_delta", delta=delta) for delta in deltas),
        streamed("content_block_stop"),
    ]


def _asked(call_id: str, method: str = "tools/call") -> Record:
    message = {"method": method, "id": 3, "params": {"_meta": {"claudecode/toolUseId": call_id}}}
    request = {"subtype": "mcp_message", "server_name": "client", "message": message}
    return {"type": "control_request", "request_id": f"asked-{call_id}", "request": request}


def _taken(call_id: str) -> Record:
    content = [{"type": "tool_result", "tool_use_id": call_id, "content": "R"}]
    return {"type": "user", "message": {"role": "user", "content": content}}


STOPPED = streamed("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 4})


def _told(talk: ClaudeTalk, *records: Record) -> list[Step]:
    return [step for record in records for step in talk.receive(record)]


def _calling() -> ClaudeTalk:
    """A talk whose run waits for the result of the call `a`, for which it was asked."""
    talk = greeted()
    talk.begin(1, asking_with(WEATHER))
    _told(talk, started(), *_call("a"), _asked("a"), STOPPED)
    return talk


def _result(call_id: str, said: str) -> Message:
    return Message("tool", (Text(said),), call_id=call_id)


class CaptureTests(SynchronousTestCase):
    """Whole captures."""

    def test_calls(self) -> None:
        """Text, two calls of one message, one without arguments; then the answer from their results."""
        steps = play(capture("calls"))
        first, second = "toolu_fake_2_0", "toolu_fake_2_1"
        self.assertEqual(
            [
                Started("claude-opus-5-5"),
                *(TextDelta(word) for word in ("let ", "me ", "see")),
                ToolCallStarted(first, "get_weather"),
                ToolCallDelta(first, '{"city": '),
                ToolCallDelta(first, '"Paris"}'),
                ToolCallStarted(second, "get_weather"),
                ToolCallDelta(second, "{"),
                ToolCallDelta(second, "}"),
                Finished("tool_calls", Usage(input=25, output=5)),
            ],
            _heard(steps, 1),
        )
        self.assertEqual([None], ends(steps))
        self.assertEqual(Finished("stop", Usage(input=25, output=3)), _heard(steps, 2)[-1])
        self.assertLess(steps.index(Parked(1)), steps.index(Kept(2)))

    def test_cold(self) -> None:
        """Calls and results of a conversation that was another's go in, and are answered."""
        self.assertEqual("Tool said: 18C\n12C", text(play(capture("calls-cold"))))

    def test_interrupted(self) -> None:
        """A turn that waits for results is ended like any other."""
        steps = play(capture("calls-interrupted"))
        self.assertEqual([Ended(1)], [step for step in steps if isinstance(step, Ended | Broken)])

    def test_cannot_be_told(self) -> None:
        """A result that the program would alter ends the turn, to be asked again in another conversation."""
        [error] = ends(play(capture("calls-long-result")))
        assert error is not None
        self.assertTrue(error.transient)

    def test_unknown(self) -> None:
        """What the program answers itself is not the client's: the turn goes on."""
        steps = play(capture("calls-unknown"))
        self.assertNotIn(Parked(1), steps)
        self.assertEqual(Finished("stop", Usage(input=50, output=9)), _heard(steps, 1)[-1])

    def test_broken_arguments(self) -> None:
        """Arguments that are no JSON object never end an answer well."""
        [error] = ends(play(capture("calls-broken")))
        self.assertIsInstance(error, errors.AnswerCut)

    def test_not_offered(self) -> None:
        """A tool that the program leaves out is the client's mistake, and is named."""
        for name, param in (("tool-refused", "tools[1].function.parameters"), ("tools-refused", "tools")):
            [error] = ends(play(capture(name)))
            assert isinstance(error, errors.BadRequest)
            self.assertEqual(param, error.param)


class SchemaTests(SynchronousTestCase):
    """Answers of a schema."""

    def test_answer(self) -> None:
        """The JSON alone is heard, whatever was said besides."""
        self.assertEqual('{"a":"\u00e4"}', text(play(capture("schema"))))

    def test_prose(self) -> None:
        """An answer that is none of the schema is heard as it is, for others to judge."""
        steps = play(capture("schema-prose"))
        self.assertTrue(text(steps).startswith("You said: "))
        self.assertEqual([None], ends(steps))

    def test_with_calls(self) -> None:
        """Text before a call is heard; after the results the answer is JSON alone."""
        steps = play(capture("schema-calls"))
        self.assertIn(TextDelta("prose"), _heard(steps, 1))
        self.assertIn(TextDelta('{"a":"x"}'), _heard(steps, 2))

    def test_refused(self) -> None:
        """A schema that the program leaves aside is told, before there is an answer."""
        [error] = ends(play(capture("schema-refused")))
        self.assertIsInstance(error, errors.ProviderRefused)

    def test_cut(self) -> None:
        """At the limit of tokens, what was said so far is heard."""
        talk = ClaudeTalk({"type": "object"})
        talk.start()
        talk.receive(reply("initialize"))
        talk.begin(1, asking())
        piece = streamed("content_block_delta", delta={"type": "text_delta", "text": '{"a'})
        stop = streamed("message_delta", delta={"stop_reason": "max_tokens"})
        self.assertEqual('{"a', text(_told(talk, started(), piece, stop)))


class RoundTripTests(SynchronousTestCase):
    """Record by record."""

    def test_tools_are_told(self) -> None:
        """The tools go in with the first portion; without any nothing is said of tools."""
        for choice, times in (("auto", 1), ("none", 0)):
            tools = Tools(offered=WEATHER.offered, choice=choice)  # type: ignore[arg-type]
            said = repr(sent(greeted().begin(1, asking_with(tools))))
            self.assertEqual(times, said.count("sdkMcpServerManifests"))

    def test_results(self) -> None:
        """Each call is answered once, when the result before is taken, in whatever order they come."""
        talk = greeted()
        talk.begin(1, asking_with(WEATHER))
        early = _told(talk, started(), *_call("a"), *_call("b"), _asked("a"), STOPPED)
        self.assertEqual([], sent(early))
        self.assertIn(ToolCallDelta("a", "{}"), _heard(early, 1))
        self.assertEqual(1, len(sent(talk.resume(1, 2, [_result("b", "B"), _result("a", "A")]))))
        self.assertEqual([], sent(talk.receive(_asked("b"))))
        for taken, answers in (("other", 0), ("a", 1), ("a", 0), ("b", 0)):
            self.assertEqual(answers, len(sent(talk.receive(_taken(taken)))))

    def test_taken(self) -> None:
        """Messages that the program puts in without results are nothing to it."""
        talk = _calling()
        for content in ("text", [{"type": "text", "text": "a"}], []):
            self.assertEqual([], list(talk.receive({"type": "user", "message": {"content": content}})))

    def test_questions(self) -> None:
        """A version that asks for the tools instead of taking them as told gets them, and no other thing."""
        talk = _calling()
        for method, key in (("initialize", "result"), ("tools/list", "result"), ("resources/list", "error")):
            [record] = sent(talk.receive(_asked("x", method)))
            self.assertIn(key, repr(record))

    def test_usage(self) -> None:
        """The count of a whole turn is told without what was told of it before."""
        talk = _calling()
        talk.resume(1, 2, [_result("a", "A")])
        usage = {"input_tokens": 20, "output_tokens": 9}
        steps = _told(talk, started(), result(usage=usage))
        self.assertEqual(Finished("stop", Usage(input=13, output=5)), _heard(steps, 2)[-1])

    def test_given_up(self) -> None:
        """A parked run is interrupted once, and ends with the turn."""
        talk = _calling()
        self.assertEqual(1, len(sent(talk.interrupt(1))))
        self.assertEqual([Ended(1)], list(talk.receive(result(is_error=True))))

    def test_ended_by_itself(self) -> None:
        """A program that does not wait for results is of no more use."""
        [step] = _calling().receive(result())
        self.assertIsInstance(step, Broken)
