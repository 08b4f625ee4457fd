"""
The client's tools with the real Gemini CLI: what the provider received, and what the client got.
"""

from __future__ import annotations

import json
from typing import Any

from tests.real.rigs import OneProgram, RealTestCase

Json = dict[str, Any]

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "which"}},
    "required": ["city"],
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LOOK = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
SENT = {"inlineData": {"mimeType": "image/png", "data": PIXEL}}
SIGNATURE = "skip_thought_signature_validator"
VEIL = {"text": "\u200b"}
OWN_PARAMETER = "wait_for_previous"


def tool(name: str = "get_weather", parameters: Json | None = WEATHER) -> Json:
    """A tool as the client offers it."""
    function: Json = {"name": name, "description": f"Does {name}."}
    if parameters is not None:
        function["parameters"] = parameters
    return {"type": "function", "function": function}


def user(content: Any) -> Json:
    """The user's message."""
    return {"role": "user", "content": content}


def result(call: Any, content: Any) -> Json:
    """The result of a call."""
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def contents(entry: Json) -> list[Json]:
    """The conversation in what the provider received."""
    return list(entry["body"]["contents"])


def declared(entry: Json) -> list[Json]:
    """The functions in what the provider received."""
    return [
        function for tools in entry["body"].get("tools", ()) for function in tools["functionDeclarations"]
    ]


def call_part(number: int, name: str, arguments: Json, **more: str) -> Json:
    """A call in the history."""
    return {"functionCall": {"id": f"call_{number}", "name": name, "args": arguments}, **more}


def answer_part(number: int, name: str, output: str) -> Json:
    """A result in the history."""
    answer = {"id": f"call_{number}", "name": name, "response": {"output": output}}
    return {"functionResponse": answer}


class GeminiToolCase(OneProgram, RealTestCase):
    """A daemon with gemini."""

    backend = "gemini"

    def setUp(self) -> None:
        """Each test sees its own requests only."""
        super().setUp()
        self.provider.forget()

    def chat(self, messages: list[Json], **more: Any) -> Any:
        """The answer to a conversation, whole."""
        return self.client.chat.completions.create(
            **{"model": "gemini", "messages": messages, "tools": [tool()], **more}
        )


class RoundTripTests(GeminiToolCase):
    """Calls and their results."""

    def test_parallel(self) -> None:
        """All calls of a message come together; with their results the provider gets all as it was."""
        text = (
            '!say Let me look.\n!tool get_weather {"city": "Z\u00fcrich"}\n!tool get_time\n!next say Sunny.'
        )
        messages = [{"role": "system", "content": "Be brief."}, user(text)]
        tools = [tool(), tool("get_time", None)]
        choice = self.chat(messages, tools=tools).choices[0]
        calls = choice.message.tool_calls
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", "Let me look."))
        made = [(call.function.name, call.function.arguments) for call in calls]
        self.assertEqual(made, [("get_weather", '{"city": "Z\u00fcrich"}'), ("get_time", "{}")])
        results = [result(calls[1], "noon"), result(calls[0], [{"type": "text", "text": "rain"}, LOOK])]
        answer = self.chat([*messages, choice.message.to_dict(), *results], tools=tools)
        self.assertEqual(answer.choices[0].message.content, "Sunny.")
        first, second = self.provider.entries()
        weather, time = "mcp_client_get_weather", "mcp_client_get_time"
        asked, said, told = contents(second)
        self.assertEqual([asked], contents(first))
        calling = call_part(0, weather, {"city": "Z\u00fcrich"}, thoughtSignature=SIGNATURE)
        self.assertEqual(said["parts"], [{"text": "Let me look."}, calling, call_part(1, time, {})])
        given = [answer_part(0, weather, "rain"), SENT, answer_part(1, time, "noon"), VEIL]
        self.assertEqual(told["parts"], given)

    def test_two_rounds(self) -> None:
        """Each answer is told its own usage."""
        messages = [
            user('!tool get_weather {"city":"A"}\n!next tool get_weather {"city":"B"}\n!next say Both.')
        ]
        counts = []
        for city in "AB":
            answer = self.chat(messages)
            [call] = answer.choices[0].message.tool_calls
            self.assertEqual(json.loads(call.function.arguments), {"city": city})
            messages += [answer.choices[0].message.to_dict(), result(call, "sunny")]
            counts.append(answer.usage.prompt_tokens)
        answer = self.chat(messages)
        self.assertEqual(answer.choices[0].message.content, "Both.")
        self.assertEqual([*counts, answer.usage.prompt_tokens], [25, 25, 25])
        roles = [content["role"] for content in contents(self.provider.entries()[-1])]
        self.assertEqual(roles, ["user", "model", "user", "model", "user"])

    def test_streamed(self) -> None:
        """The pieces of a streamed answer make the calls."""
        text = '!tool get_weather {"city":"\u4e16\u754c"}\n!tool get_weather {"city":"B"}'
        offer: Any = {"messages": [user(text)], "tools": [tool()]}
        with self.client.chat.completions.stream(model="gemini", **offer) as stream:
            choice: Any = stream.get_final_completion().choices[0]
        arguments = [json.loads(call.function.arguments) for call in choice.message.tool_calls]
        self.assertEqual(
            (choice.finish_reason, arguments), ("tool_calls", [{"city": "\u4e16\u754c"}, {"city": "B"}])
        )

    def test_one_at_a_time(self) -> None:
        """Without parallel calls there is one call, and its result makes sense."""
        text = '!tool get_weather {"city":"A"}\n!tool get_weather {"city":"B"}\n!next say Done.'
        message = self.chat([user(text)], parallel_tool_calls=False).choices[0].message
        [call] = message.tool_calls
        answer = self.chat([user(text), message.to_dict(), result(call, "x")], parallel_tool_calls=False)
        self.assertEqual(answer.choices[0].message.content, "Done.")

    def test_any_ids(self) -> None:
        """Calls of other programs, of tools that are not offered any more, are history all the same."""
        call = {"id": "x" * 90, "type": "function", "function": {"name": "other__a", "arguments": "{}"}}
        asking = {"role": "assistant", "content": None, "tool_calls": [call]}
        answered = {"role": "tool", "tool_call_id": "x" * 90, "content": "r"}
        self.chat([user("a"), asking, answered, user("b")], tools=[])
        _, said, told = contents(self.provider.entries()[0])
        name = "mcp_client_other__a"
        self.assertEqual(said["parts"], [call_part(0, name, {}, thoughtSignature=SIGNATURE)])
        self.assertEqual(told["parts"], [answer_part(0, name, "r"), {"text": "b"}])

    def test_bad_arguments(self) -> None:
        """A call that the program keeps to itself is tried again, and then told as a failure."""
        with self.assertRaises(Exception) as caught:
            self.chat([user('!tool get_weather {"town":"A"}')])
        self.assertIn("'city'", str(caught.exception))
        self.assertGreater(len(self.provider.entries()), 1)


class OfferTests(GeminiToolCase):
    """What the provider is offered."""

    def offer(self, *tools: Json, **more: Any) -> list[Json]:
        """What arrives of these tools."""
        self.chat([user("!say x")], tools=list(tools), **more)
        return declared(self.provider.entries()[-1])

    def test_exactly_these(self) -> None:
        """Nothing besides the client's tools; the program adds a parameter of its own to each."""
        [sent] = self.offer(tool())
        self.assertEqual((sent["name"], sent["description"]), ("mcp_client_get_weather", "Does get_weather."))
        added = sent["parametersJsonSchema"]["properties"].pop(OWN_PARAMETER)
        self.assertEqual(added["type"], "boolean")
        self.assertEqual(sent["parametersJsonSchema"], WEATHER)

    def test_many(self) -> None:
        """Fifty tools, sixty properties, definitions and foreign words arrive as they are."""
        many = {f"p{n}": {"type": "string", "description": f"\u4e16\u754c {n} " * 20} for n in range(60)}
        schema = {
            "type": "object",
            "properties": {**many, "n": {"$ref": "#/$defs/N"}},
            "$defs": {"N": {"type": "integer", "minimum": 1}},
            "additionalProperties": False,
        }
        sent = self.offer(*(tool(f"tool_{number}", schema) for number in range(50)))
        self.assertEqual([one["name"] for one in sent], [f"mcp_client_tool_{number}" for number in range(50)])
        for one in sent:
            del one["parametersJsonSchema"]["properties"][OWN_PARAMETER]
            self.assertEqual(one["parametersJsonSchema"], schema)

    def test_names(self) -> None:
        """Tools that are called as the program's own, or too long for it, can be called."""
        for name in ("read_file", "run_shell_command", "mcp_client_x", "x" * 64):
            [sent] = self.offer(tool(name))
            message = (
                self.chat([user(f'!tool {sent["name"]} {{"city":"A"}}')], tools=[tool(name)])
                .choices[0]
                .message
            )
            self.assertEqual([call.function.name for call in message.tool_calls], [name])

    def test_none(self) -> None:
        """A choice of none offers none."""
        self.assertEqual(self.offer(tool(), tool_choice="none"), [])

    def test_required(self) -> None:
        """That one must be called the model is told in words."""
        answer = self.chat([user('!tool get_weather {"city":"A"}')], tool_choice="required")
        self.assertEqual(answer.choices[0].finish_reason, "tool_calls")
        system = self.provider.entries()[0]["body"]["systemInstruction"]
        self.assertIn("must call a function", str(system))

    def test_named(self) -> None:
        """The arguments of a certain tool are asked for in words."""
        choice = {"type": "function", "function": {"name": "get_weather"}}
        answer = self.chat([user('!say {"city":"A"}')], tool_choice=choice)
        [call] = answer.choices[0].message.tool_calls
        self.assertEqual(
            (call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "A"})
        )

    def test_schema_with_tools(self) -> None:
        """Calls come first, then the JSON that was asked for."""
        schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
        shape = {"type": "json_schema", "json_schema": {"name": "number", "schema": schema}}
        messages = [user('!tool get_weather {"city":"A"}\n!next say {"n": 5}')]
        message = self.chat(messages, response_format=shape).choices[0].message
        messages += [message.to_dict(), result(message.tool_calls[0], "sunny")]
        answer = self.chat(messages, response_format=shape)
        self.assertEqual(json.loads(answer.choices[0].message.content), {"n": 5})


class OwnToolsTests(GeminiToolCase):
    """The tools of the user's own configuration."""

    shared = False

    def test_never_leak(self) -> None:
        """MCP servers of the user's settings are neither started nor offered."""
        home = self.daemon.folder / "home" / ".gemini"
        home.mkdir()
        mark = self.daemon.folder / "mark"
        servers = {"mine": {"command": "touch", "args": [str(mark)]}}
        home.joinpath("settings.json").write_text(json.dumps({"mcpServers": servers}))
        self.chat([user("!say x")])
        [sent] = declared(self.provider.entries()[0])
        self.assertEqual(sent["name"], "mcp_client_get_weather")
        self.assertFalse(mark.exists())
