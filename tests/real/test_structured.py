"""
Structured output with the real programs: the content is JSON that satisfies the schema, or there is an
error.
"""

from __future__ import annotations

import json
from typing import Any

from openai import APIStatusError, InternalServerError, pydantic_function_tool
from pydantic import BaseModel

from tests.real.chats import ConversationCase, Json, result, tool, user
from tests.real.rigs import RealTestCase


class Place(BaseModel):
    """A model inside a model: `$defs` in its schema."""

    name: str
    country: str


class Forecast(BaseModel):
    """What is asked for."""

    place: Place
    degrees: list[int]
    warning: str | None


class Lookup(BaseModel):
    """Parameters of a tool."""

    city: str


FORECAST: Json = {
    "place": {"name": "Troms\u00f8", "country": "Norway"},
    "degrees": [-3, 4],
    "warning": None,
}
JSON = json.dumps(FORECAST, ensure_ascii=False)
WRONG = '{"place":"Oslo","degrees":[],"warning":null}'
OBJECT = {"type": "json_object"}


def schema_format(schema: Json) -> Json:
    """`response_format` with a schema."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


class StructuredTests(ConversationCase):
    """What holds for every program."""

    def parse(self, text: str, **more: Any) -> Any:
        """The only choice of an answer, parsed by the official client."""
        completions = self.client.chat.completions
        messages: Any = [user(text)]
        answer = completions.parse(model=self.backend, messages=messages, response_format=Forecast, **more)
        return answer.choices[0]

    def test_parse(self) -> None:
        """`parse` with a pydantic model gives an instance of it; the content is bare JSON."""
        choice = self.parse(f"!json {JSON}")
        self.assertEqual((choice.finish_reason, json.loads(choice.message.content)), ("stop", FORECAST))
        self.assertEqual(choice.message.parsed, Forecast(**FORECAST))

    def test_stream(self) -> None:
        """The official client's stream helper parses what comes."""
        more: Json = {"model": self.backend, "response_format": Forecast}
        with self.client.chat.completions.stream(messages=[user(f"!json {JSON}")], **more) as stream:
            contents = [event.delta for event in stream if event.type == "content.delta"]
            [choice] = stream.get_final_completion().choices
        self.assertEqual("".join(contents), choice.message.content)
        self.assertEqual(choice.message.parsed, Forecast(**FORECAST))

    def test_object(self) -> None:
        """`json_object` takes any object, a code fence around it is left out."""
        choice = self.chat([user('!say ```json\\n{"a": [1]}\\n```')], response_format=OBJECT)
        self.assertEqual((choice.finish_reason, json.loads(choice.message.content)), ("stop", {"a": [1]}))

    def test_repaired(self) -> None:
        """An answer that does not satisfy the schema is not shown; the model is asked again."""
        choice = self.parse(f"!json {WRONG}\n!next json {JSON}")
        self.assertEqual(choice.message.parsed, Forecast(**FORECAST))
        self.assertEqual(len(self.received()), 2)

    def test_prose_repaired(self) -> None:
        """Nor is prose."""
        choice = self.parse(f"!say Here you are!\n!next json {JSON}")
        self.assertEqual(choice.message.parsed, Forecast(**FORECAST))

    def test_object_repaired(self) -> None:
        """Nor is a list where an object was asked for."""
        choice = self.chat([user('!say [1, 2]\n!next json {"a":1}')], response_format=OBJECT)
        self.assertEqual(choice.message.content, '{"a":1}')

    def test_in_vain(self) -> None:
        """A model that never obeys is an error, streamed or not, after few tries."""
        again = "\n".join([f"!next json {WRONG}"] * 20)
        asked: Any = [user(f"!json {WRONG}\n{again}")]
        more: Json = {"response_format": schema_format(Forecast.model_json_schema())}
        with self.assertRaises(InternalServerError) as caught:
            self.chat(asked, **more)
        self.assertEqual((caught.exception.status_code, caught.exception.code), (502, "output_invalid"))
        self.assertLess(len(self.received()), 10)
        with self.assertRaises(APIStatusError) as caught_too:
            completions = self.client.chat.completions
            list(completions.create(model=self.backend, messages=asked, stream=True, **more))
        self.assertEqual(caught_too.exception.code, "output_invalid")
        self.assert_works(self.backend)

    def test_bad_schema(self) -> None:
        """A bad schema is the client's mistake, with its place."""
        with self.assertRaises(APIStatusError) as caught:
            self.chat([user("hi")], response_format=schema_format({"type": "nonsense"}))
        self.assertEqual(caught.exception.status_code, 400)
        self.assertIn("response_format", caught.exception.param or "")
        self.assertEqual(self.received(), [])

    def test_with_tools(self) -> None:
        """The model may call first; what it says after the results satisfies the schema."""
        asked = user('!tool get_weather {"city":"Oslo"}\n!next json ' + JSON)
        more = {"tools": [tool()], "response_format": schema_format(Forecast.model_json_schema())}
        choice = self.chat([asked], **more)
        self.assertEqual(self.calls(choice)[0][0], "get_weather")
        results = [result(choice.message.tool_calls[0], "cold")]
        for _ in ("warm", "cold"):
            answer = self.chat([asked, choice.message.to_dict(), *results], **more)
            self.assertEqual((answer.finish_reason, json.loads(answer.message.content)), ("stop", FORECAST))

    def test_parsed_arguments(self) -> None:
        """`parse` with a tool made of a pydantic model gives parsed arguments."""
        choice = self.parse('!tool Lookup {"city":"Oslo"}', tools=[pydantic_function_tool(Lookup)])
        [call] = choice.message.tool_calls
        self.assertEqual(call.function.parsed_arguments, Lookup(city="Oslo"))

    def test_conversation_goes_on(self) -> None:
        """An answer in JSON is text like any other in the conversation that follows."""
        content = self.parse(f"!json {JSON}").message.content
        messages = [user("which?"), {"role": "assistant", "content": content}, user("!say Thanks.")]
        self.assertEqual(self.chat(messages).message.content, "Thanks.")
        self.assertEqual([json.loads(text) for text in self.received()[-1].texts("assistant")], [FORECAST])


class ClaudeStructured(StructuredTests, RealTestCase):
    """Claude Code, by a tool of its own."""

    backend = "claude"


class CodexStructured(StructuredTests, RealTestCase):
    """Codex CLI, by the provider's own means."""

    backend = "codex"

    def test_schema_arrives(self) -> None:
        """The provider is told the schema."""
        self.parse(f"!json {JSON}")
        self.assertEqual(self.received()[0].settings["format"]["type"], "json_schema")


class GeminiStructured(StructuredTests, RealTestCase):
    """Gemini CLI, in words."""

    backend = "gemini"
