"""Tests for tools in Anthropic's format."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import UnsupportedParameter
from clinvoker.model import Tool, Tools
from tests.dialects.messages import SCHEMA, USER, assistant, call, read, refusal, result, tool, user

WEATHER = Tool("get_weather", "The weather.", SCHEMA)


def tools(**fields: object) -> Tools:
    """What may be called."""
    return read(**fields).invocation.tools


class ToolTests(SynchronousTestCase):
    def test_offered(self) -> None:
        """A tool has a name, a description and a schema; `custom` is the same as no type."""
        for kind in (None, "custom"):
            self.assertEqual(tools(tools=[tool(type=kind)]), Tools(offered=(WEATHER,)))
        self.assertEqual(tools(tools=[]), Tools())

    def test_without_words(self) -> None:
        """Neither description nor properties are needed; what else a tool has is accepted."""
        bare = {
            "name": "f",
            "input_schema": {"type": "object"},
            "strict": True,
            "eager_input_streaming": True,
        }
        self.assertEqual(tools(tools=[bare]).offered, (Tool("f", "", {"type": "object", "properties": {}}),))

    def test_long_names(self) -> None:
        """Names are as long as Anthropic lets them be."""
        self.assertEqual(tools(tools=[tool("x" * 128)]).offered[0].name, "x" * 128)
        self.assertEqual(refusal(tools=[tool("x" * 129)]).param, "tools[0].name")

    def test_not_the_clients(self) -> None:
        """W109: tools of the provider's are refused by name, with the field."""
        for kind in (
            "web_search_20250305",
            "bash_20250124",
            "text_editor_20250728",
            "code_execution_20250825",
        ):
            error = refusal(tools=[tool(), {"type": kind, "name": "x"}])
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, "tools[1].type")
            self.assertIn(kind, error.message)

    def test_wrong(self) -> None:
        """Names that are missing, odd or there twice, schemas that are none."""
        wrong = {
            "tools[0].name": ([tool(None)], [tool("a b")]),
            "tools[1].name": ([tool(), tool()],),
            "tools[0].input_schema": ([tool(input_schema=None)], [tool(input_schema={"type": "array"})]),
            "tools[0].input_schema.properties": ([tool(input_schema={"properties": 1})],),
        }
        for place, sent in wrong.items():
            for each in sent:
                self.assertEqual(refusal(tools=each).param, place)

    def test_without_effect(self) -> None:
        """Examples and marks for the cache are named."""
        asked = read(tools=[tool(input_examples=[{"city": "Oslo"}], cache_control={"type": "ephemeral"})])
        self.assertEqual(asked.ignored, ("cache_control", "tools[].input_examples"))

    def test_deferred(self) -> None:
        """A tool whose loading is deferred is offered once a result refers to it."""
        sent = [tool(), tool("later", defer_loading=True)]
        self.assertEqual([each.name for each in tools(tools=sent).offered], ["get_weather"])
        reference = {"type": "tool_reference", "tool_name": "later"}
        messages = [USER, assistant(call()), user(result(content=[reference]))]
        found = tools(tools=sent, messages=messages).offered
        self.assertEqual([each.name for each in found], ["get_weather", "later"])


class ChoiceTests(SynchronousTestCase):
    def choice(self, **choice: object) -> tuple[str, str, bool]:
        found = tools(tools=[tool()], tool_choice=choice)
        return found.choice, found.name, found.parallel

    def test_each(self) -> None:
        """W119: auto, any, none, a certain tool, and one at most."""
        self.assertEqual(self.choice(type="auto"), ("auto", "", True))
        self.assertEqual(self.choice(type="any"), ("required", "", True))
        self.assertEqual(self.choice(type="none"), ("none", "", True))
        self.assertEqual(self.choice(type="tool", name="get_weather"), ("named", "get_weather", True))
        one = self.choice(type="auto", disable_parallel_tool_use=True)
        self.assertEqual(one, ("auto", "", False))

    def test_only_one(self) -> None:
        """Exactly one call of any of one tool is a call of that tool."""
        choice = {"type": "any", "disable_parallel_tool_use": True}
        found = tools(tools=[tool()], tool_choice=choice)
        self.assertEqual((found.choice, found.name, found.parallel), ("named", "get_weather", False))
        found = tools(tools=[tool(), tool("other")], tool_choice=choice)
        self.assertEqual((found.choice, found.name, found.parallel), ("required", "", False))

    def test_wrong(self) -> None:
        """Choices that are none, or that nothing on offer satisfies."""
        offered = [tool()]
        self.assertEqual(refusal(tools=offered, tool_choice={}).param, "tool_choice.type")
        self.assertEqual(refusal(tools=offered, tool_choice={"type": "required"}).param, "tool_choice.type")
        self.assertEqual(refusal(tools=offered, tool_choice={"type": "tool"}).param, "tool_choice.name")
        unknown = {"type": "tool", "name": "other"}
        self.assertEqual(refusal(tools=offered, tool_choice=unknown).param, "tool_choice.name")
        self.assertEqual(refusal(tool_choice={"type": "any"}).param, "tool_choice")
        self.assertEqual(tools(tool_choice={"type": "none"}), Tools())

    def test_places(self) -> None:
        """What depends on the backend is called as the client called it."""
        asked = read(tools=[tool()], tool_choice={"type": "auto", "disable_parallel_tool_use": True})
        self.assertEqual(asked.depending, ("tools", "parallel_tool_calls", "max_tokens"))
        self.assertEqual(asked.places["parallel_tool_calls"], "tool_choice.disable_parallel_tool_use")
