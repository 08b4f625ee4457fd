"""
The official `openai` package asks for tools, typed answers and several choices, and reads what comes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

import httpx2
import openai
from openai import OpenAI
from pydantic import BaseModel, Field
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_request import ChatRequest
from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.model import Event, Finished, TextDelta, ToolCallDelta, ToolCallStarted
from tests.dialects.chats import CREATED, IDENTITY, USAGE
from tests.dialects.test_openai_sdk import USER, connected

STOP = Finished("stop", USAGE)
CALLED = Finished("tool_calls", USAGE)


class Place(BaseModel):
    name: str
    country: str | None = None


class Weather(BaseModel):
    """Tell the weather."""

    place: Place
    unit: Literal["C", "F"] = "C"
    days: list[int] = Field(default_factory=list)


class Clock(BaseModel):
    zone: str


ARGUMENTS = '{"place":{"name":"Zürich","country":null},"unit":"F","days":[1,2]}'
TWO_CALLS: tuple[Event, ...] = (
    TextDelta("Let me see."),
    ToolCallStarted("call_a", "Weather"),
    *(ToolCallDelta("call_a", letter) for letter in ARGUMENTS),
    ToolCallStarted("call_b", "Clock"),
    ToolCallDelta("call_b", '{"zone":"CET"}'),
    CALLED,
)
TOOLS = [openai.pydantic_function_tool(Weather), openai.pydantic_function_tool(Clock)]


class SDKCase(SynchronousTestCase):
    """Answers with the given events, one list for each choice; keeps what was asked."""

    def client(self, *choices: Sequence[Event]) -> OpenAI:
        self.asked: list[ChatRequest] = []

        def respond(request: httpx2.Request) -> httpx2.Response:
            dialect = OpenAIChat()
            self.asked.append(dialect.parse(request.content))
            renderer = dialect.renderer(self.asked[-1], IDENTITY, CREATED)
            content = b"".join(
                renderer.feed([event], index) for index, events in enumerate(choices) for event in events
            )
            return httpx2.Response(
                200, headers={"content-type": renderer.content_type.decode()}, content=content
            )

        client = connected(respond)
        self.addCleanup(client.close)
        return client


class ParseTests(SDKCase):
    def test_typed_answer(self) -> None:
        """W31, W52: `.parse()` with a pydantic model sends its schema and gets an instance."""
        api = self.client([TextDelta('{"name":"Bern",'), TextDelta('"country":null}'), STOP])
        got = api.chat.completions.parse(model="claude", messages=USER, response_format=Place)
        self.assertEqual(got.choices[0].message.parsed, Place(name="Bern"))
        output = self.asked[0].invocation.output
        self.assertEqual((output.kind, output.name), ("json_schema", "Place"))
        self.assertEqual(set(output.schema["properties"]), {"name", "country"})

    def test_references(self) -> None:
        """W28: a nested model comes with `$defs`."""
        api = self.client([TextDelta(ARGUMENTS), STOP])
        got = api.chat.completions.parse(model="claude", messages=USER, response_format=Weather)
        self.assertEqual(got.choices[0].message.parsed.place, Place(name="Zürich"))
        self.assertIn("$defs", self.asked[0].invocation.output.schema)

    def test_cut_off(self) -> None:
        """W45: an answer that was cut off raises."""
        api = self.client([TextDelta('{"na'), Finished("length", USAGE)])
        with self.assertRaises(openai.LengthFinishReasonError):
            api.chat.completions.parse(model="claude", messages=USER, response_format=Place)

    def test_tools(self) -> None:
        """W28, W47-W50: tools made of models are read; the calls come back as instances."""
        got = self.client(TWO_CALLS).chat.completions.parse(model="claude", messages=USER, tools=TOOLS)
        [choice] = got.choices
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", "Let me see."))
        weather, clock = (call.function.parsed_arguments for call in choice.message.tool_calls)
        self.assertEqual((weather.place.name, weather.days, clock.zone), ("Zürich", [1, 2], "CET"))
        self.assertEqual([tool.name for tool in self.asked[0].invocation.tools.offered], ["Weather", "Clock"])
        self.assertEqual(self.asked[0].invocation.tools.offered[0].description, "Tell the weather.")


class StreamTests(SDKCase):
    def test_plain(self) -> None:
        """W67-W70: joined by index as examples everywhere do, the pieces are the calls."""
        stream = self.client(TWO_CALLS).chat.completions.create(
            model="claude", messages=USER, tools=TOOLS, stream=True
        )
        calls: dict[int, list[str]] = {}
        for chunk in stream:
            for call in chunk.choices[0].delta.tool_calls or []:
                found = calls.setdefault(call.index, ["", "", ""])
                pieces = (call.id, call.function.name, call.function.arguments)
                calls[call.index] = [old + (new or "") for old, new in zip(found, pieces, strict=True)]
        self.assertEqual(calls[0], ["call_a", "Weather", ARGUMENTS])
        self.assertEqual(calls[1], ["call_b", "Clock", '{"zone":"CET"}'])

    def test_helper(self) -> None:
        """W67-W69: the SDK's helper puts the calls together and tells when each is done."""
        helper = self.client(TWO_CALLS).chat.completions.stream(model="claude", messages=USER, tools=TOOLS)
        with helper as stream:
            done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
            final = stream.get_final_completion()
        self.assertEqual([(each.index, each.name) for each in done], [(0, "Weather"), (1, "Clock")])
        self.assertEqual(done[0].arguments, ARGUMENTS)
        [choice] = final.choices
        self.assertEqual([call.id for call in choice.message.tool_calls], ["call_a", "call_b"])
        self.assertEqual(choice.message.tool_calls[1].function.parsed_arguments, Clock(zone="CET"))
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", "Let me see."))

    def test_helper_without_arguments(self) -> None:
        """W49: a call of nothing but a name is one with `{}`."""
        events = [ToolCallStarted("a", "now"), CALLED]
        tools = [{"type": "function", "function": {"name": "now"}}]
        helper = self.client(events).chat.completions.stream(model="claude", messages=USER, tools=tools)
        with helper as stream:
            [call] = stream.get_final_completion().choices[0].message.tool_calls
        self.assertEqual((call.function.name, json.loads(call.function.arguments)), ("now", {}))

    def test_helper_with_type(self) -> None:
        """W52: a typed answer streams, and is an instance at its end."""
        api = self.client([*map(TextDelta, '{"name":"Bern"}'), STOP])
        with api.chat.completions.stream(model="claude", messages=USER, response_format=Place) as stream:
            final = stream.get_final_completion()
        self.assertEqual(final.choices[0].message.parsed, Place(name="Bern"))

    def test_choices(self) -> None:
        """W40, W58: the helper keeps several choices apart, whichever speaks first."""
        api = self.client([], [TextDelta("one"), STOP], [TextDelta("two"), STOP])
        with api.chat.completions.stream(model="claude", messages=USER, n=3) as stream:
            stream.until_done()
            snapshot = stream.current_completion_snapshot
        self.assertEqual([choice.message.content or "" for choice in snapshot.choices], ["", "one", "two"])


class RoundTests(SDKCase):
    def test_two_rounds(self) -> None:
        """W32, W33: the message with calls is sent back as it came, with the results."""
        api = self.client(TWO_CALLS)
        first = api.chat.completions.parse(model="claude", messages=USER, tools=TOOLS).choices[0].message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": [{"type": "text", "text": "fine"}]}
            for call in first.tool_calls
        ]
        api.chat.completions.create(model="claude", messages=[*USER, first, *results], tools=TOOLS)
        said = self.asked[1].invocation.messages
        self.assertEqual([message.role for message in said], ["user", "assistant", "tool", "tool"])
        self.assertEqual(json.loads(said[1].calls[0].arguments), json.loads(ARGUMENTS))
        self.assertEqual([message.call_id for message in said[2:]], ["call_a", "call_b"])

    def test_choices(self) -> None:
        """W40: a whole answer of several choices."""
        got = self.client([TextDelta("a"), STOP], [TextDelta("b"), STOP]).chat.completions.create(
            model="claude", messages=USER, n=2
        )
        self.assertEqual([(each.index, each.message.content) for each in got.choices], [(0, "a"), (1, "b")])

    def test_extension(self) -> None:
        """`extra_body` is the way to what no dialect has a word for."""
        self.client([STOP]).chat.completions.create(
            model="claude", messages=USER, extra_body={"clinvoker": {"mode": "agent", "workdir": "/srv"}}
        )
        self.assertEqual(self.asked[0].invocation.agency.workdir, "/srv")
