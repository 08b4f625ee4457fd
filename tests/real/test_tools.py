"""
The client's own tools with the real programs: what the client is asked to call, and what the model
is told of it.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, ClassVar

from openai import InternalServerError

from tests.real.chats import ConversationCase, Json, result, tool, user
from tests.real.daemon import Daemon
from tests.real.exchanged import Block, Exchanged
from tests.real.rigs import RealTestCase

# How long a call is held; 150 s are more than the programs' own limits of 60 s.
HELD_SECS = float(os.environ.get("CLINVOKER_TEST_HELD_SECS", "2"))
OSLO = '!tool get_weather {"city":"Oslo"}'
BERGEN = '!tool get_weather {"city":"Bergen"}'
NESTED: Json = {
    "type": "object",
    "properties": {"at": {"$ref": "#/$defs/place"}},
    "required": ["at"],
    "$defs": {"place": {"type": "object", "properties": {"name": {"type": "string"}}}},
}
WIDE: Json = {"type": "object", "properties": {f"p{n}": {"type": "integer"} for n in range(60)}}
STRANGE = {"city": "\u5317\u4eac \U0001f600 'quote' \"double\" \\ \u2028 <b>&amp;"}


class ToolCase(ConversationCase):
    """What the tests of tools share."""

    def last(self) -> Exchanged:
        """What the provider was asked last."""
        return self.received()[-1]

    def told(self) -> list[Block]:
        """The conversation that the provider was told last, without the program's words."""
        return [block for block in self.last().blocks if block.kind != "system"]

    def called_and_told(self, choice: Any, *messages: Json, said: str = "12 degrees", **more: Any) -> str:
        """Bring one result for each call of an answer; what the model then says."""
        tools = {"tools": [tool()], **more}
        results = [result(call, said) for call in choice.message.tool_calls]
        answer = self.chat([*messages, choice.message.to_dict(), *results], **tools)
        self.assertEqual(answer.finish_reason, "stop")
        return str(answer.message.content)


class ToolTests(ToolCase):
    """Calls, results and choices: what holds for every program."""

    when_edited: ClassVar[int] = 2  # sessions of the program

    def test_auto(self) -> None:
        """A call reaches the client with its arguments, its result the model, and the answer the client."""
        asked = user(OSLO)
        choice = self.chat([asked], tools=[tool()])
        [(name, arguments)] = self.calls(choice)
        self.assertEqual((name, json.loads(arguments)), ("get_weather", {"city": "Oslo"}))
        self.assertEqual(self.called_and_told(choice, asked), "Tool said: 12 degrees")
        call = Block("call", 'get_weather {"city": "Oslo"}')
        self.assertEqual(self.told(), [Block("user", OSLO), call, Block("result", "12 degrees")])
        self.assertEqual(self.last().names(), ["get_weather"])

    def test_not_called(self) -> None:
        """A model that calls nothing answers as ever."""
        choice = self.chat([user("!say No need.")], tools=[tool()])
        self.assertEqual((choice.finish_reason, choice.message.content), ("stop", "No need."))
        self.assertIsNone(choice.message.tool_calls)

    def test_text_before_a_call(self) -> None:
        """What the model says before it calls is the content of the same message."""
        choice = self.chat([user("!say Let me see.\n" + OSLO)], tools=[tool()])
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", "Let me see."))

    def test_required(self) -> None:
        """Who must call and only talks is asked once more."""
        asked = user("!say no\n!next " + OSLO[1:])
        choice = self.chat([asked], tools=[tool(), tool("other")], tool_choice="required")
        [(name, _)] = self.calls(choice)
        self.assertEqual((name, len(self.received())), ("get_weather", 2))
        self.assertEqual(self.called_and_told(choice, asked, said="!say Well done."), "Well done.")

    def test_required_in_vain(self) -> None:
        """A model that never calls though it must is an error."""
        with self.assertRaises(InternalServerError) as caught:
            self.chat([user("!say no\n!next say never")], tools=[tool()], tool_choice="required")
        self.assertEqual((caught.exception.status_code, caught.exception.code), (502, "tool_not_called"))
        self.assert_works(self.backend)

    def test_named(self) -> None:
        """A tool that is chosen by name is called, whatever others are offered."""
        named = {"type": "function", "function": {"name": "get_weather"}}
        asked = user('!json {"city":"Oslo"}')
        choice = self.chat([asked], tools=[tool("other"), tool()], tool_choice=named)
        [(name, arguments)] = self.calls(choice)
        self.assertEqual((name, json.loads(arguments)), ("get_weather", {"city": "Oslo"}))
        self.assertEqual(self.called_and_told(choice, asked), "Tool said: 12 degrees")
        self.assertEqual([block.kind for block in self.told()], ["user", "call", "result"])

    def test_none(self) -> None:
        """With `none` the model is offered nothing."""
        choice = self.chat([user("!say nothing")], tools=[tool()], tool_choice="none")
        self.assertEqual((choice.finish_reason, self.last().names()), ("stop", []))

    def test_parallel(self) -> None:
        """Calls of one message come together, and their results in any order."""
        asked = user(OSLO + "\n" + BERGEN)
        choice = self.chat([asked], tools=[tool()])
        self.assertEqual([json.loads(a)["city"] for _, a in self.calls(choice)], ["Oslo", "Bergen"])
        oslo, bergen = choice.message.tool_calls
        self.assertNotEqual(oslo.id, bergen.id)
        results = [result(bergen, "rain"), result(oslo, "sun")]
        answer = self.chat([asked, choice.message.to_dict(), *results], tools=[tool()])
        self.assertEqual(answer.message.content, "Tool said: sun\nrain")

    def test_one_at_a_time(self) -> None:
        """Without `parallel_tool_calls` only the first call comes, and the conversation goes on with it."""
        asked = user(OSLO + "\n" + BERGEN)
        choice = self.chat([asked], tools=[tool()], parallel_tool_calls=False)
        self.assertEqual([json.loads(a)["city"] for _, a in self.calls(choice)], ["Oslo"])
        more = {"parallel_tool_calls": False}
        self.assertEqual(self.called_and_told(choice, asked, **more), "Tool said: 12 degrees")

    def test_two_rounds(self) -> None:
        """After a result the model may call again."""
        messages = [user(OSLO)]
        for said in (BERGEN, "mist"):
            choice = self.chat(messages, tools=[tool()])
            messages += [choice.message.to_dict(), result(choice.message.tool_calls[0], said)]
        self.assertEqual(self.chat(messages, tools=[tool()]).message.content, "Tool said: mist")
        self.assertEqual([block.kind for block in self.told()], ["user", "call", "result", "call", "result"])

    def test_streamed(self) -> None:
        """The pieces of a streamed answer make the calls; each name comes once, with its index."""
        arguments = json.dumps(STRANGE, ensure_ascii=False)
        asked = [user(f"!say Well.\n!tool get_weather {arguments}\n{OSLO}")]
        more = {"model": self.backend, "tools": [tool()]}
        with self.client.chat.completions.stream(messages=asked, **more) as stream:
            deltas = [e.chunk.choices[0].delta for e in stream if e.type == "chunk" and e.chunk.choices]
            [choice] = stream.get_final_completion().choices
        calls = choice.message.tool_calls
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", "Well."))
        self.assertEqual([json.loads(c.function.arguments) for c in calls], [STRANGE, {"city": "Oslo"}])
        pieces = [piece for delta in deltas for piece in delta.tool_calls or ()]
        named = [(piece.index, piece.function.name) for piece in pieces if piece.function.name]
        self.assertEqual(named, [(0, "get_weather"), (1, "get_weather")])

    def test_held(self) -> None:
        """A call may stay open for long."""
        asked = user(OSLO)
        choice = self.chat([asked], tools=[tool()])
        time.sleep(HELD_SECS)
        self.assertEqual(self.called_and_told(choice, asked), "Tool said: 12 degrees")
        self.assertEqual(self.sessions(), 1)

    def test_edited(self) -> None:
        """Who changes the conversation before bringing the results gets an answer to the changed one."""
        choice = self.chat([user(OSLO)], tools=[tool()])
        edited = user(OSLO + "\nand hurry")
        self.assertEqual(self.called_and_told(choice, edited), "Tool said: 12 degrees")
        self.assertEqual(self.told()[0], Block("user", edited["content"]))
        self.assertEqual(self.sessions(), self.when_edited)

    def test_results_and_a_question(self) -> None:
        """Results may be followed by words of the user's."""
        choice = self.chat([user(OSLO)], tools=[tool()])
        results = [result(choice.message.tool_calls[0], "sun"), user("!say Good.")]
        answer = self.chat([user(OSLO), choice.message.to_dict(), *results], tools=[tool()])
        self.assertEqual(answer.message.content, "Good.")
        self.assertEqual([block.kind for block in self.told()], ["user", "call", "result", "user"])

    def test_abandoned(self) -> None:
        """A call that nobody answers hinders no other request."""
        for _ in range(3):
            self.chat([user(OSLO)], tools=[tool()])
        self.assert_works(self.backend)


class OfferTests(ToolCase):
    """What the model is offered: names and schemas of every kind."""

    def test_no_parameters(self) -> None:
        """A tool without parameters is called with an empty object."""
        choice = self.chat([user("!tool get_time")], tools=[tool("get_time", None)])
        self.assertEqual(self.calls(choice), [("get_time", "{}")])

    def test_definitions(self) -> None:
        """A schema with `$defs` is offered with them, or with what they say."""
        choice = self.chat([user('!tool find {"at":{"name":"Oslo"}}')], tools=[tool("find", NESTED)])
        [(_, arguments)] = self.calls(choice)
        self.assertEqual(json.loads(arguments), {"at": {"name": "Oslo"}})
        [offered] = self.last().tools
        self.assertIn('"name"', json.dumps(offered.schema))

    def test_sixty_properties(self) -> None:
        """All properties are offered and all arguments come."""
        wanted = {f"p{n}": n for n in range(60)}
        choice = self.chat([user("!tool wide " + json.dumps(wanted))], tools=[tool("wide", WIDE)])
        [(_, arguments)] = self.calls(choice)
        self.assertEqual(json.loads(arguments), wanted)
        [offered] = self.last().tools
        # In any order: codex sorts them.
        self.assertEqual(offered.schema["properties"].keys(), WIDE["properties"].keys())

    def test_any_characters(self) -> None:
        """Arguments and results of any script pass both ways unchanged."""
        asked = user("!tool get_weather " + json.dumps(STRANGE, ensure_ascii=False))
        choice = self.chat([asked], tools=[tool()])
        [(_, arguments)] = self.calls(choice)
        self.assertEqual(json.loads(arguments), STRANGE)
        said = STRANGE["city"]
        self.assertEqual(self.called_and_told(choice, asked, said=said), "Tool said: " + said)

    def test_fifty(self) -> None:
        """Fifty tools are offered, and can be called at once."""
        names = [f"tool-number_{n:02}" for n in range(50)]
        asked = user("\n".join(f'!tool {name} {{"city":"{name}"}}' for name in names[::7]))
        more = {"tools": [tool(name) for name in names]}
        choice = self.chat([asked], **more)
        self.assertEqual([name for name, _ in self.calls(choice)], names[::7])
        self.assertEqual(sorted(self.last().names()), names)
        self.assertEqual(
            self.called_and_told(choice, asked, said="x", **more), "Tool said: " + "x\n" * 7 + "x"
        )

    def test_long_results(self) -> None:
        """A result of 300 kB arrives whole."""
        asked = user(OSLO)
        choice = self.chat([asked], tools=[tool()])
        said = "!say read\n" + "lorem ipsum " * 25_000
        self.assertEqual(self.called_and_told(choice, asked, said=said), "read")
        [arrived] = self.last().texts("result")
        self.assertTrue(arrived.strip() == said.strip(), f"{len(arrived)} characters of {len(said)}")


class RestartTests(ToolCase):
    """Calls that outlive their daemon."""

    def test_restarted(self) -> None:
        """Results of calls that another daemon's program made are understood all the same."""
        asked = user(OSLO)
        choice = self.chat([asked], tools=[tool()])
        settings = {"backends": self.configured(self.rig), **self.settings}
        with Daemon(settings, self.environment) as other, other.client() as client:
            results = [result(choice.message.tool_calls[0], "12 degrees")]
            messages = [asked, choice.message.to_dict(), *results]
            answer = self.chat(messages, client, tools=[tool()])
        self.assertEqual(answer.message.content, "Tool said: 12 degrees")
        call = Block("call", 'get_weather {"city": "Oslo"}')
        self.assertEqual(self.told(), [Block("user", OSLO), call, Block("result", "12 degrees")])


class ClaudeTools(ToolTests, OfferTests, RestartTests, RealTestCase):
    """Claude Code."""

    backend = "claude"


class CodexTools(ToolTests, OfferTests, RestartTests, RealTestCase):
    """Codex CLI."""

    backend = "codex"


class GeminiTools(ToolTests, OfferTests, RestartTests, RealTestCase):
    """Gemini CLI, whose turns never wait: results always go into a new session, of which no one is told."""

    backend = "gemini"
    when_edited: ClassVar[int] = 1
