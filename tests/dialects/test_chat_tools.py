"""Tests for the reading of `tools` and `tool_choice`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_request import read_request
from clinvoker.errors import UnsupportedParameter
from clinvoker.model import Tool, Tools
from tests.dialects.chats import body, refusal, tool

EMPTY = {"type": "object", "properties": {}}


def read(*tools: object, **fields: object) -> Tools:
    """What the tools are read as."""
    return read_request(body(tools=list(tools), **fields)).invocation.tools


def named(name: object) -> dict[str, object]:
    return {"type": "function", "function": {"name": name}}


class OfferedTests(SynchronousTestCase):
    def test_whole(self) -> None:
        """W28: name, description and schema arrive as they were sent."""
        schema = {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {"where": {"$ref": "#/$defs/place"}, "days": {"type": "integer"}},
            "$defs": {"place": {"type": "string", "enum": ["Zürich", "東京"]}},
            "required": ["where"],
            "additionalProperties": False,
        }
        got = read(tool("a-B_9", description="Says it.", parameters=schema))
        self.assertEqual(got, Tools(offered=(Tool("a-B_9", "Says it.", schema),)))

    def test_no_parameters(self) -> None:
        """W28: parameters that are absent, null or empty are an object without properties."""
        for fields in ({}, {"parameters": None}, {"parameters": {}}):
            self.assertEqual(read(tool("f", **fields)).offered, (Tool("f", "", EMPTY),))

    def test_strict(self) -> None:
        """W28: `strict` may be anything it can be; so may the description be null."""
        for strict in (None, True, False):
            self.assertEqual(
                read(tool("f", strict=strict, description=None)).offered, (Tool("f", "", EMPTY),)
            )

    def test_many(self) -> None:
        """Fifty tools of sixty properties are read, in their order."""
        schema = {"type": "object", "properties": {f"p{i}": {"type": ["string", "null"]} for i in range(60)}}
        got = read(*(tool(f"f{i}", parameters=schema) for i in range(50)))
        self.assertEqual([each.name for each in got.offered], [f"f{i}" for i in range(50)])

    def test_none(self) -> None:
        """W22: no tools are none, whatever is said of them."""
        for fields in ({}, {"tool_choice": "none"}, {"tool_choice": "auto"}, {"parallel_tool_calls": False}):
            self.assertEqual(read_request(body(tools=[], **fields)), read_request(body()))

    def test_names(self) -> None:
        """A name is OpenAI's kind of name, and no other tool's."""
        for name in ("", "a b", "a.b", "x" * 65, "grüß", "a\n"):
            self.assertEqual(refusal(body(tools=[tool(name)])).param, "tools[0].function.name")
        self.assertEqual(refusal(body(tools=[tool("f"), tool("f")])).param, "tools[1].function.name")

    def test_missing(self) -> None:
        """W80: what is missing is named by its place."""
        for place, sent in {
            "tools[0].type": {"function": {"name": "f"}},
            "tools[0].function": {"type": "function"},
            "tools[0].function.name": {"type": "function", "function": {}},
        }.items():
            self.assertEqual(refusal(body(tools=[sent])).param, place)

    def test_other_types(self) -> None:
        """Tools that are no functions are refused by place, not dropped."""
        for kind in ("custom", "web_search", "mcp"):
            error = refusal(body(tools=[tool(), {"type": kind}]))
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, "tools[1].type")


class ChoiceTests(SynchronousTestCase):
    def test_words(self) -> None:
        """W29: none, auto and required."""
        for word in ("none", "auto", "required"):
            self.assertEqual(read(tool(), tool_choice=word).choice, word)
        self.assertEqual(read(tool(), tool_choice=None).choice, "auto")

    def test_named(self) -> None:
        """W29: one function by name."""
        got = read(tool("f"), tool("g"), tool_choice=named("g"))
        self.assertEqual((got.choice, got.name), ("named", "g"))

    def test_unknown_name(self) -> None:
        """W29: a name that is not offered is 400."""
        for offered in ([tool("f")], []):
            error = refusal(body(tools=offered, tool_choice=named("g")))
            self.assertEqual(error.param, "tool_choice.function.name")

    def test_required_without_tools(self) -> None:
        """A call cannot be demanded where none is offered."""
        self.assertEqual(refusal(body(tool_choice="required")).param, "tool_choice")

    def test_nonsense(self) -> None:
        """Other words, other types, and names that are none are refused with their place."""
        for place, choice in {
            "tool_choice": "any",
            "tool_choice.type": {"type": "allowed_tools", "allowed_tools": {}},
            "tool_choice.function.name": {"type": "function", "function": {"name": None}},
        }.items():
            self.assertEqual(refusal(body(tools=[tool()], tool_choice=choice)).param, place)

    def test_parallel(self) -> None:
        """W30: several calls are allowed unless it says otherwise."""
        for sent, expected in ((None, True), (True, True), (False, False)):
            self.assertEqual(read(tool(), parallel_tool_calls=sent).parallel, expected)

    def test_depending(self) -> None:
        """Only what is asked beyond the offer itself is named besides it."""
        asked = read_request(body(tools=[tool()], tool_choice="auto", parallel_tool_calls=True))
        self.assertEqual(asked.depending, ("tools",))
        asked = read_request(body(tools=[tool()], tool_choice="none", parallel_tool_calls=False))
        self.assertEqual(asked.depending, ("tools", "tool_choice", "parallel_tool_calls"))
