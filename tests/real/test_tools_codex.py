"""
The client's tools with the real Codex CLI: what the provider received, and what the client got.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.real.codex_chats import (
    LOOK,
    PICTURE,
    WEATHER,
    CodexToolCase,
    Json,
    offered,
    result,
    said,
    thread,
    tool,
    user,
)
from tests.real.daemon import Daemon

TOOLS = [tool(), tool("get_time", None)]
CALLING = """!say Let me look.
!tool get_weather {"city" : "Z\u00fcrich"}
!tool get_time
!next say Sunny."""


class RoundTripTests(CodexToolCase):
    """Calls and their results."""

    def test_call(self) -> None:
        """Text and calls are the model's, arguments to the letter."""
        choice = self.chat([user(CALLING)], tools=TOOLS).choices[0]
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", "Let me look."))
        self.assertEqual(
            [(call.function.name, call.function.arguments) for call in choice.message.tool_calls],
            [("get_weather", '{"city" : "Z\u00fcrich"}'), ("get_time", "{}")],
        )

    def test_warm_and_cold(self) -> None:
        """Results go to the turn that waits; asked again, into a new one; the model is told the same."""
        for model in ("codex", "gpt-5.5", "gpt-4o"):  # three kinds of requests to the provider
            self.provider.forget()
            messages = [{"role": "system", "content": "Be brief."}, user(CALLING)]
            message = self.chat(messages, model=model, tools=TOOLS).choices[0].message
            one, other = message.tool_calls
            results = [result(other, "noon"), result(one, [{"type": "text", "text": "rain"}, LOOK])]
            messages += [message.to_dict(), *results]
            for _ in range(2):
                answer = self.chat(messages, model=model, tools=TOOLS)
                self.assertEqual(answer.choices[0].message.content, "Sunny.")
            first, second, third = self.provider.entries()
            self.assertEqual((thread(second), said(second)), (thread(first), said(third)))
            self.assertNotEqual(thread(third), thread(first))
            self.assertEqual(offered(second), offered(third))

    def test_results(self) -> None:
        """Results reach the model in the order of the calls, pictures among them."""
        message = self.chat([user(CALLING)], tools=TOOLS).choices[0].message
        one, other = message.tool_calls
        results = [result(other, "noon"), result(one, [{"type": "text", "text": "rain"}, LOOK])]
        self.chat([user(CALLING), message.to_dict(), *results], tools=TOOLS)
        items = said(self.provider.entries()[-1])
        outputs = [item["output"] for item in items if item["type"] == "function_call_output"]
        picture = {"type": "input_image", "image_url": PICTURE}
        self.assertEqual(outputs, [[{"type": "input_text", "text": "rain"}, picture], "noon"])

    def test_two_rounds(self) -> None:
        """A turn can wait twice; each answer is told its own usage."""
        messages = [
            user('!tool get_weather {"city":"A"}\n!next tool get_weather {"city":"B"}\n!next say Both.')
        ]
        usages = []
        for city in "AB":
            answer = self.chat(messages)
            [call] = answer.choices[0].message.tool_calls
            self.assertEqual(json.loads(call.function.arguments), {"city": city})
            messages += [answer.choices[0].message.to_dict(), result(call, "sunny")]
            usages.append(answer.usage)
        answer = self.chat(messages)
        self.assertEqual(answer.choices[0].message.content, "Both.")
        self.assertEqual(len({thread(entry) for entry in self.provider.entries()}), 1)
        counts = [usage.prompt_tokens for usage in (*usages, answer.usage)]
        self.assertEqual(counts, [25, 25, 25])

    def test_streamed(self) -> None:
        """The pieces of a streamed answer make the calls."""
        text = '!tool get_weather {"city":"\u4e16\u754c"}\n!tool get_weather {"city":"B"}'
        open_stream: Any = self.client.chat.completions.stream
        with open_stream(model="codex", messages=[user(text)], tools=[tool()]) as stream:
            message = stream.get_final_completion().choices[0]
        arguments = [json.loads(call.function.arguments) for call in message.message.tool_calls]
        self.assertEqual(
            (message.finish_reason, arguments), ("tool_calls", [{"city": "\u4e16\u754c"}, {"city": "B"}])
        )

    def test_given_up(self) -> None:
        """A conversation that goes on in another way is a new one; nothing is left behind."""
        messages = [user("!tool get_weather {}")]
        message = self.chat(messages).choices[0].message
        edited = [user("!tool get_weather {}\n!next say Edited."), message.to_dict()]
        answer = self.chat([*edited, result(message.tool_calls[0], "sunny")])
        self.assertEqual(answer.choices[0].message.content, "Edited.")
        first, second = self.provider.entries()
        self.assertNotEqual(thread(first), thread(second))

    def test_one_at_a_time(self) -> None:
        """Without parallel calls there is one call, and its result makes sense."""
        text = '!tool get_weather {"city":"A"}\n!tool get_weather {"city":"B"}\n!next say Done.'
        message = self.chat([user(text)], parallel_tool_calls=False).choices[0].message
        [call] = message.tool_calls
        answer = self.chat([user(text), message.to_dict(), result(call, "x")], parallel_tool_calls=False)
        self.assertEqual(answer.choices[0].message.content, "Done.")

    def test_any_ids(self) -> None:
        """Calls of other programs, of tools that are not offered any more, are history all the same."""
        call = {"id": "x" * 90, "type": "function", "function": {"name": "mcp__a__b", "arguments": "{}"}}
        messages = [
            user("Look."),
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "x" * 90, "content": "r"},
        ]
        self.assertEqual(self.chat(messages, tools=[]).choices[0].message.content, "Tool said: r")
        made, output = said(self.provider.entries()[0])[1:]
        self.assertEqual((made["call_id"], output["output"]), (output["call_id"], "r"))
        self.assertLessEqual(len(made["call_id"]), 64)


class SecondDaemonTests(CodexToolCase):
    """A turn that waits in one daemon, and another daemon."""

    def test_answered_elsewhere(self) -> None:
        """A daemon that knows nothing of the calls goes on all the same."""
        messages = [user('!tool get_weather {"city":"A"}\n!next say Sunny.')]
        message = self.chat(messages).choices[0].message
        messages += [message.to_dict(), result(message.tool_calls[0], "sunny")]
        with Daemon({"backends": self.configured(self.rig)}) as other, other.client() as client:
            create: Any = client.chat.completions.create
            answer = create(model="codex", messages=messages, tools=[tool()])
        self.assertEqual(answer.choices[0].message.content, "Sunny.")


class ConfiguredTests(CodexToolCase):
    """A user whose own codex has MCP servers."""

    shared = False

    def setUp(self) -> None:
        """A home with a server that would be started for every thread."""
        home = Path(self.mktemp()).absolute()
        home.mkdir(parents=True)
        self.started = home / "started"
        server = json.dumps(["-c", f"touch '{self.started}'; cat"])
        home.joinpath("config.toml").write_text(f'[mcp_servers.mine]\ncommand = "sh"\nargs = {server}\n')
        type(self).environment = {"CODEX_HOME": str(home)}
        super().setUp()

    def test_servers_of_the_user(self) -> None:
        """Neither are they started, nor are their tools offered."""
        self.chat([user("!say x")])
        self.assertEqual([sent["name"] for sent in offered(self.provider.entries()[0])], ["get_weather"])
        self.assertFalse(self.started.exists())


class OfferTests(CodexToolCase):
    """What the provider is offered."""

    def offer(self, *tools: Json, **more: Any) -> list[Json]:
        """What arrives of these tools."""
        self.chat([user("!say x")], tools=list(tools), **more)
        return offered(self.provider.entries()[-1])

    def test_exactly_these(self) -> None:
        """Nothing besides the client's tools, each with its description and schema."""
        [sent] = self.offer(tool())
        self.assertEqual(
            (sent["name"], sent["description"], sent["parameters"]),
            ("get_weather", "Does get_weather.", WEATHER),
        )

    def test_fifty(self) -> None:
        """Fifty tools arrive in their order."""
        names = [f"tool_{number}" for number in range(50)]
        self.assertEqual([sent["name"] for sent in self.offer(*map(tool, names))], names)

    def test_own_names(self) -> None:
        """Tools that are called as the program's own, or as its MCP tools, can be called."""
        for name in ("exec_command", "shell", "apply_patch", "web_search", "mcp__server__tool", "functions"):
            [sent] = self.offer(tool(name))
            message = self.chat([user(f"!tool {sent['name']}")], tools=[tool(name)]).choices[0].message
            self.assertEqual([call.function.name for call in message.tool_calls], [name])

    def test_rewritten_schemas(self) -> None:
        """What the program drops of a schema the model reads in the description."""
        many = {f"p{n}": {"type": "string", "description": f"\u4e16\u754c {n} " * 20} for n in range(60)}
        references: Json = {"$defs": {"N": {"type": "integer", "minimum": 1}}}
        for schema in (
            {"type": "object", "properties": many},
            {"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}, **references},
        ):
            [sent] = self.offer(tool("t", schema))
            self.assertEqual(sorted(sent["parameters"]["properties"]), sorted(schema["properties"]))
            _, _, told = sent["description"].partition("JSON schema: ")
            self.assertEqual(json.loads(told), schema)

    def test_none(self) -> None:
        """A choice of none offers none."""
        self.assertEqual(self.offer(tool(), tool_choice="none"), [])


class ChoiceTests(CodexToolCase):
    """Calls that are demanded, which the program has no word for."""

    def test_required(self) -> None:
        """The model is told in words."""
        answer = self.chat([user("!tool get_weather {}")], tool_choice="required")
        self.assertEqual(answer.choices[0].finish_reason, "tool_calls")
        self.assertIn("must call a function", str(said(self.provider.entries()[0])))

    def test_named(self) -> None:
        """The arguments of a certain tool are asked for by its schema."""
        choice = {"type": "function", "function": {"name": "get_weather"}}
        answer = self.chat([user('!say {"city":"A"}')], tool_choice=choice)
        [call] = answer.choices[0].message.tool_calls
        self.assertEqual((call.function.name, call.function.arguments), ("get_weather", '{"city":"A"}'))
        form = self.provider.entries()[0]["body"]["text"]["format"]
        self.assertEqual((form["type"], form["schema"]), ("json_schema", WEATHER))
