"""What is asked, what the client sees, and when it is asked again."""

from collections.abc import Sequence
from itertools import count

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BadRequest, OutputInvalid, ProviderFailed, ProviderRefused, ToolNotCalled
from clinvoker.model import (
    Event,
    Finished,
    FinishReason,
    Invocation,
    Message,
    Output,
    ReasoningDelta,
    Sampling,
    Text,
    TextDelta,
    Tool,
    ToolCallDelta,
    ToolCallStarted,
    Tools,
    Treatment,
    Usage,
)
from clinvoker.shaping import plan_for
from clinvoker.shaping.plans import Plan

WEATHER = Tool("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
TIME = Tool("time")
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
MESSAGES = (Message("system", (Text("Be short."),)), Message("user", (Text("hi"),)))
NATIVE: dict[str, Treatment] = {"response_format": "honoured"}


def done(reason: FinishReason = "stop", output: int = 1) -> Finished:
    return Finished(reason, Usage(input=10, output=output))


def call(id_: str, name: str = "weather", arguments: str = "{}") -> list[Event]:
    return [ToolCallStarted(id_, name), ToolCallDelta(id_, arguments)]


class PlanTestCase(SynchronousTestCase):
    def plan(
        self,
        tools: Tools = Tools(),  # noqa: B008  # frozen
        output: Output = Output(),  # noqa: B008
        sampling: Sampling = Sampling(),  # noqa: B008
        parameters: dict[str, Treatment] | None = None,
    ) -> Plan:
        ids = count(1)
        asked = Invocation(model="", messages=MESSAGES, tools=tools, output=output, sampling=sampling)
        return plan_for(asked, parameters or {}, lambda: f"call_{next(ids)}")

    def feed(self, plan: Plan, *events: Event) -> list[Event]:
        """What the client sees of events that come one by one."""
        return [shown for event in events for shown in plan.feed([event])]

    def texts(self, messages: Sequence[Message]) -> list[tuple[str, str]]:
        return [(message.role, message.text) for message in messages]


class LimitedTests(PlanTestCase):
    def test_nothing_asked(self) -> None:
        """Without limits events pass as they are."""
        plan = self.plan()
        events: list[Event] = [TextDelta("a"), done()]
        self.assertEqual(events, plan.feed(events))
        self.assertFalse(plan.again() or plan.cut or plan.altered or plan.failed(ProviderRefused("no")))

    def test_stop(self) -> None:
        """A stop sequence ends the answer at once and is told, with a count of our own."""
        plan = self.plan(sampling=Sampling(stop=("END",)))
        shown = self.feed(plan, TextDelta("one E"), TextDelta("ND two"), TextDelta("three"), done())
        self.assertEqual([TextDelta("one ")], shown[:1])
        [finished] = shown[1:]
        assert isinstance(finished, Finished)
        self.assertEqual(("stop", "END", 1), (finished.reason, finished.stop, finished.usage.output))
        self.assertTrue(plan.cut and plan.altered)

    def test_stop_at_the_end(self) -> None:
        """What might have begun a sequence goes out when the answer ends."""
        plan = self.plan(sampling=Sampling(stop=("END",)))
        self.assertEqual([TextDelta("E"), done()], self.feed(plan, TextDelta("E"), done()))
        self.assertFalse(plan.cut)

    def test_max_tokens(self) -> None:
        """Past the budget the answer ends for its length; reasoning does not count."""
        limited: dict[str, Treatment] = {"max_tokens": "enforced"}
        plan = self.plan(sampling=Sampling(max_tokens=1), parameters=limited)
        shown = self.feed(plan, ReasoningDelta("hm" * 10), TextDelta("abc"), TextDelta("defg"), done())
        self.assertEqual([TextDelta("abc"), TextDelta("d")], shown[1:3])
        self.assertEqual(("length", ""), (shown[3].reason, shown[3].stop))  # type: ignore[union-attr]
        self.assertEqual(4, len(shown))

    def test_both(self) -> None:
        """A piece in which the budget ends and a sequence comes ends the answer once, for its length."""
        limited: dict[str, Treatment] = {"max_tokens": "enforced"}
        plan = self.plan(sampling=Sampling(max_tokens=1, stop=("END",)), parameters=limited)
        text, finished = self.feed(plan, TextDelta("abcdefgh END"), done())
        self.assertEqual(TextDelta("abcd"), text)
        assert isinstance(finished, Finished)
        self.assertEqual(("length", ""), (finished.reason, finished.stop))

    def test_max_tokens_by_the_program(self) -> None:
        """What the program does by itself the daemon leaves to it."""
        plan = self.plan(sampling=Sampling(max_tokens=1), parameters={"max_tokens": "honoured"})
        self.assertEqual([TextDelta("abcdefghij")], self.feed(plan, TextDelta("abcdefghij")))


class JSONTests(PlanTestCase):
    output = Output(kind="json_schema", name="x", schema=SCHEMA)

    def test_native(self) -> None:
        """A program that can is asked as is; its JSON comes whole, after it was checked."""
        plan = self.plan(output=self.output, parameters=NATIVE)
        self.assertEqual(self.output, plan.invocation.output)
        self.assertEqual([], self.feed(plan, TextDelta('{"n"'), TextDelta(": 1}")))
        self.assertEqual([TextDelta('{"n": 1}'), done()], self.feed(plan, done()))
        self.assertFalse(plan.again())

    def test_in_words(self) -> None:
        """Another is told in words, behind the client's own system text; a fence is taken off."""
        plan = self.plan(output=self.output)
        self.assertEqual("text", plan.invocation.output.kind)
        roles = [message.role for message in plan.invocation.messages]
        self.assertEqual(["system", "system", "user"], roles)
        self.assertIn('"required": ["n"]', plan.invocation.messages[1].text)
        shown = self.feed(plan, TextDelta('```json\n{"n": 1}\n```'), done())
        self.assertEqual(TextDelta('{"n": 1}'), shown[0])

    def test_repair(self) -> None:
        """An answer that is not it is not shown; the model is told why, and the usage adds up."""
        plan = self.plan(output=self.output)
        self.assertEqual([], self.feed(plan, TextDelta('{"n": "one"}'), done()))
        self.assertTrue(plan.again())
        [said, told] = self.texts(plan.invocation.messages)[-2:]
        self.assertEqual(("assistant", '{"n": "one"}'), said)
        self.assertIn("$.n", told[1])
        shown = self.feed(plan, TextDelta('{"n": 1}'), done())
        self.assertEqual(Finished("stop", Usage(input=20, output=2)), shown[-1])
        self.assertFalse(plan.again())

    def test_given_up(self) -> None:
        """After three answers that are not it the request fails."""
        plan = self.plan(output=Output(kind="json_object"))
        for _ in range(2):
            self.feed(plan, TextDelta("Sure! Here it is"), done())
            self.assertTrue(plan.again())
        self.assertEqual([], self.feed(plan, TextDelta("[1]"), done()))
        self.assertRaises(OutputInvalid, plan.again)

    def test_unusable_schema(self) -> None:
        """A schema that no answer can be checked against is the client's fault, told without more tries."""
        for schema in ({"$ref": "#"}, {"$ref": "http://x.example/"}):
            plan = self.plan(output=Output(kind="json_schema", schema=schema))
            self.assertEqual([], self.feed(plan, TextDelta('{"a": "b"}'), done()))
            self.assertEqual("response_format", self.assertRaises(BadRequest, plan.again).param)

    def test_refused_schema(self) -> None:
        """A schema that the provider refuses is asked for in words instead, once."""
        plan = self.plan(output=self.output, parameters=NATIVE)
        self.assertFalse(plan.failed(ProviderFailed("no")))
        self.assertTrue(plan.failed(ProviderRefused("additionalProperties must be false")))
        self.assertEqual("text", plan.invocation.output.kind)
        self.assertFalse(plan.failed(ProviderRefused("again")))

    def test_unfinished(self) -> None:
        """An answer that was too long says so, and is not repaired."""
        plan = self.plan(output=self.output)
        shown = self.feed(plan, TextDelta('{"n"'), done("length"))
        self.assertEqual([TextDelta('{"n"'), done("length")], shown)

    def test_with_tools(self) -> None:
        """A call in place of the JSON passes, the prose before it does not."""
        plan = self.plan(output=self.output, tools=Tools(offered=(WEATHER,)), parameters=NATIVE)
        shown = self.feed(plan, TextDelta("Let me see."), *call("c"), done("tool_calls"))
        self.assertEqual([*call("c"), done("tool_calls")], shown)
        self.assertTrue(plan.altered)


class ToolTests(PlanTestCase):
    both = (WEATHER, TIME)

    def test_none(self) -> None:
        """No choice means no tools."""
        plan = self.plan(tools=Tools(offered=self.both, choice="none"))
        self.assertEqual((), plan.invocation.tools.offered)

    def test_named(self) -> None:
        """A certain tool's arguments are asked for as JSON, and become its call."""
        plan = self.plan(tools=Tools(offered=self.both, choice="named", name="weather"), parameters=NATIVE)
        self.assertEqual((), plan.invocation.tools.offered)
        self.assertEqual(WEATHER.parameters, plan.invocation.output.schema)
        shown = self.feed(plan, TextDelta('{"city": "Zürich"}'), done())
        self.assertEqual([*call("call_1", "weather", '{"city": "Zürich"}'), done("tool_calls")], shown)

    def test_required(self) -> None:
        """The model is told it must; text before the call is kept as text."""
        plan = self.plan(tools=Tools(offered=self.both, choice="required"))
        self.assertIn("weather, time", plan.invocation.messages[1].text)
        self.assertEqual([], self.feed(plan, TextDelta("Let me see.")))
        shown = self.feed(plan, *call("c"), done("tool_calls"))
        self.assertEqual([TextDelta("Let me see."), *call("c"), done("tool_calls")], shown)

    def test_required_again(self) -> None:
        """One more try is had, then the request fails."""
        plan = self.plan(tools=Tools(offered=self.both, choice="required"))
        self.assertEqual([], self.feed(plan, TextDelta("No."), done()))
        self.assertTrue(plan.again())
        self.assertEqual(("assistant", "No."), self.texts(plan.invocation.messages)[-2])
        self.feed(plan, TextDelta("No!"), done())
        self.assertRaises(ToolNotCalled, plan.again)

    def test_not_parallel(self) -> None:
        """Only the first call passes, where one at a time was asked for."""
        plan = self.plan(tools=Tools(offered=self.both, parallel=False))
        shown = self.feed(plan, *call("a"), *call("b", "time"), done("tool_calls"))
        self.assertEqual([*call("a"), done("tool_calls")], shown)
        self.assertTrue(plan.altered)

    def test_everything(self) -> None:
        """Plans go together: a required call, one at a time, with a stop sequence."""
        tools = Tools(offered=self.both, choice="required", parallel=False)
        plan = self.plan(tools=tools, sampling=Sampling(stop=("END",)))
        self.feed(plan, TextDelta("No."), done())
        self.assertTrue(plan.again())
        self.assertIn("call one of the functions now", plan.invocation.messages[-1].text)
        shown = self.feed(plan, *call("a"), *call("b", "time"), done("tool_calls"))
        self.assertEqual(call("a"), shown[:2])
        self.assertFalse(plan.again())
