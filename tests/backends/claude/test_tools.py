"""The client's tools and what is asked of an answer, as the program takes them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.claude import ClaudeBackend
from clinvoker.backends.claude.blocks import answer, block, can_be_told, spoken
from clinvoker.backends.claude.conversation import read
from clinvoker.backends.claude.launch import launch_for, schema_of
from clinvoker.backends.claude.sampling import settings
from clinvoker.backends.claude.tools import id_there, listed, missing, name_there
from clinvoker.errors import BadRequest
from clinvoker.model import Image, Invocation, Message, Output, Sampling, Text, Tool, ToolCall, Tools

PNG = Image("image/png", "iVBORw0KGgo=")
AFAR = Image(url="https://example.org/a.png")
USER = Message("user", (Text("Q"),))


class NameTests(SynchronousTestCase):
    """Names and ids there."""

    def test_own(self) -> None:
        """Names stay as they are, but for those to which the program adds something."""
        self.assertEqual("get_weather-2", name_there("get_weather-2"))
        self.assertRegex(name_there("Bash"), r"\Atool_Bash_[0-9a-f]{8}\Z")

    @given(st.text(min_size=1))
    def test_any(self, name: str) -> None:
        """Whatever a name or an id is, it is the same the next time, and one that the provider takes."""
        for there in (name_there, id_there):
            self.assertRegex(there(name), r"\A[a-zA-Z0-9_-]{1,64}\Z")
            self.assertEqual(there(name), there(name))

    def test_ids_again(self) -> None:
        """Ids that a client uses again in a later answer are told apart."""
        called = Message("assistant", (), (ToolCall("call_0", "t", "{}"),))
        told = Message("tool", (Text("R"),), call_id="call_0")
        turns = read([USER, called, told, called, told]).turns
        ids = [
            getattr(piece, "id", "") or getattr(piece, "call_id", "")
            for turn in turns
            for piece in turn.pieces
        ]
        self.assertEqual(ids[1], ids[2])
        self.assertEqual(ids[3], ids[4])
        self.assertNotEqual(ids[1], ids[3])


def _declared(tool: Tool) -> dict[str, Any]:
    [said] = msgspec.convert(listed([tool])["tools"], list[dict[str, Any]])
    return said


class OfferTests(SynchronousTestCase):
    """Declarations."""

    def test_declaration(self) -> None:
        """Calls may come side by side, results may be long, and there is always a schema."""
        said = _declared(Tool("t", "for"))
        self.assertEqual(("t", "for"), (said["name"], said["description"]))
        self.assertEqual({"type": "object", "properties": {}}, said["inputSchema"])
        self.assertTrue(said["annotations"]["readOnlyHint"])

    def test_root_conditions(self) -> None:
        """What the program drops from a schema stands in the description."""
        schema = {"type": "object", "anyOf": [{"required": ["a"]}]}
        said = _declared(Tool("t", "for", schema))
        self.assertIn('{"required":["a"]}', said["description"])

    def test_missing(self) -> None:
        """The tool that the program left out is named."""
        tools = [Tool("a"), Tool("b")]
        self.assertIsNone(missing(tools, ["a", "b", "StructuredOutput"]))
        self.assertEqual("tools[1].function.parameters", getattr(missing(tools, ["a"]), "param", ""))
        self.assertEqual("tools", getattr(missing(tools, []), "param", ""))


class BlockTests(SynchronousTestCase):
    """What messages hold."""

    def test_calls_and_results(self) -> None:
        """Results are the user's, in the order of the calls, however the client ordered them."""
        calls = (ToolCall("a", "t", '{"x": 1}'), ToolCall("b", "t", "{}"))
        results = [Message("tool", (Text(word),), call_id=word) for word in ("b", "a")]
        said = read([USER, Message("assistant", (), calls), *results, USER]).turns
        self.assertEqual(["user", "assistant", "user"], [turn.role for turn in said])
        self.assertEqual({"x": 1}, block(said[1].pieces[0])["input"])
        self.assertEqual(["a", "b"], [block(piece)["tool_use_id"] for piece in said[2].pieces[:2]])

    def test_no_result(self) -> None:
        """An empty result reads as the program itself writes one."""
        calls = (ToolCall("a", "t", "{}"),)
        said = read([USER, Message("assistant", (), calls), Message("tool", (Text(" "),), call_id="a")]).turns
        self.assertEqual("(t completed with no output)", block(said[2].pieces[0])["content"])

    def test_result_of_nothing(self) -> None:
        """A result without its call is refused."""
        self.assertRaises(BadRequest, read, [USER, Message("tool", (Text("R"),), call_id="a")])

    def test_pictures(self) -> None:
        """Pictures go in as data or as the place where they lie; a message may be a picture alone."""
        [turn] = read([Message("user", (PNG, AFAR))]).turns
        kinds = [block(piece)["source"]["type"] for piece in turn.pieces]  # type: ignore[index]
        self.assertEqual(["base64", "url"], kinds)

    def test_told(self) -> None:
        """Results for a call that is open: texts that are not too long, and no pictures."""
        said = Message("tool", (Text("a"), Text("b")), call_id="a")
        expected = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
        self.assertEqual({"content": expected}, answer(said))
        for part, fits in ((Text("x" * 500_000), True), (Text("x" * 500_001), False), (PNG, False)):
            self.assertIs(fits, can_be_told(Message("tool", (part,), call_id="a")))

    @given(st.lists(st.one_of(st.builds(Text, st.text(" a", max_size=3)), st.just(PNG)), max_size=5))
    def test_blanks(self, parts: list[Text | Image]) -> None:
        """No text is blank alone, and no letter is lost."""
        left = spoken(parts)
        self.assertTrue(all(part.text.strip() for part in left if isinstance(part, Text)))
        words = ["".join(part.text for part in some if isinstance(part, Text)) for some in (parts, left)]
        self.assertEqual(words[0].replace(" ", ""), words[1].replace(" ", ""))


NONE = Tools()


def _settings(tools: Tools = NONE, **sampling: object) -> dict[str, object]:
    ask = Invocation(model="opus", messages=(USER,), tools=tools, sampling=Sampling(**sampling))  # type: ignore[arg-type]
    return dict(settings(ask))


class SamplingTests(SynchronousTestCase):
    """Settings."""

    def test_nothing_asked(self) -> None:
        """Only what was asked for is set."""
        self.assertEqual({"model": "opus"}, _settings())

    def test_all(self) -> None:
        """Limit and sampling by the environment, effort by its own setting."""
        found = _settings(max_tokens=2000, temperature=0.5, top_p=0.9, effort="high")
        self.assertEqual("high", found["effortLevel"])
        environment = found["env"]
        assert isinstance(environment, dict)
        self.assertEqual("2000", environment["CLAUDE_CODE_MAX_OUTPUT_TOKENS"])
        body = json.loads(environment["CLAUDE_CODE_EXTRA_BODY"])
        self.assertEqual({"temperature": 0.5, "top_p": 0.9}, body)

    def test_thoughts(self) -> None:
        """The model does not think where it was asked not to, or where the provider would refuse the rest."""
        for sampling in ({"effort": "none"}, {"temperature": 0.0}, {"top_p": 0.5}, {"max_tokens": 1024}):
            self.assertIn("CLAUDE_CODE_DISABLE_THINKING", repr(_settings(**sampling)))
        for sampling in ({"effort": "minimal"}, {"temperature": 1.0}, {"max_tokens": 1025}):
            self.assertNotIn("CLAUDE_CODE_DISABLE_THINKING", repr(_settings(**sampling)))

    def test_one_call(self) -> None:
        """The model is told to make no more than one call at a time, if there is something to call."""
        self.assertIn(
            "disable_parallel_tool_use", repr(_settings(Tools(offered=(Tool("t"),), parallel=False)))
        )
        self.assertNotIn("disable_parallel_tool_use", repr(_settings(Tools(parallel=False))))

    def test_refused(self) -> None:
        """A temperature that the provider does not take is refused before a process is started."""
        ask = Invocation(model="", messages=(USER,), sampling=Sampling(temperature=1.5))
        error = self.assertRaises(BadRequest, ClaudeBackend().launch, ask)
        self.assertEqual("temperature", error.param)


class SchemaTests(SynchronousTestCase):
    """A launch for each schema of an answer."""

    def test_schema(self) -> None:
        """The schema comes back from the launch as it was, without the name of its draft."""
        schema = {"type": "object", "properties": {"{directory}": {"type": "string"}}}
        asked = Output(kind="json_schema", schema={"$schema": "https://json-schema.org/x", **schema})
        launch = launch_for(asked)
        self.assertEqual(schema, schema_of(launch.placed("/somewhere")))
        self.assertNotEqual(launch.key, launch_for(Output()).key)
        self.assertIsNone(schema_of(launch_for(Output(kind="json_object"))))
