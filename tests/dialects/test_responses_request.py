"""Tests for the reading of Responses requests, but for their input."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.dialects.openai_responses import OpenAIResponses
from clinvoker.dialects.responses_joining import joined
from clinvoker.dialects.responses_parameters import PARAMETERS
from clinvoker.dialects.responses_request import read_request
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.interfaces import IDialect
from clinvoker.model import Output, Sampling, Tool, Tools
from tests.dialects.responses import IDENTITY, TOOL, body, refusal, request

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
UNOFFERED = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "x"}]}
OTHER = {**TOOL, "name": "g"}


def tools(**fields: object) -> Tools:
    return request(**fields).invocation.tools


class ToolTests(SynchronousTestCase):
    """W94: tools are flat."""

    def test_functions(self) -> None:
        """What is offered, with a description or without, strict or not."""
        for strict in ({}, {"strict": None}, {"strict": True}):
            got = tools(tools=[{**TOOL, "description": "d", **strict}])
            self.assertEqual(got.offered, (Tool("get_weather", "d", TOOL["parameters"]),))
        self.assertEqual(tools(tools=[]), Tools())
        empty = {"type": "object", "properties": {}}
        self.assertEqual(tools(tools=[{"type": "function", "name": "f"}]).offered[0].parameters, empty)

    def test_choice(self) -> None:
        """W29: a word, or one function by name."""
        for word in ("none", "auto", "required"):
            self.assertEqual(tools(tools=[TOOL], tool_choice=word).choice, word)
        named = tools(tools=[TOOL, OTHER], tool_choice={"type": "function", "name": "g"})
        self.assertEqual((named.choice, named.name), ("named", "g"))
        self.assertIs(False, tools(tools=[TOOL], parallel_tool_calls=False).parallel)

    def test_allowed(self) -> None:
        """Of all tools those that are allowed are offered."""
        allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "g"}]}
        got = tools(tools=[TOOL, OTHER], tool_choice=allowed)
        self.assertEqual(([tool.name for tool in got.offered], got.choice), (["g"], "required"))

    def test_refused(self) -> None:
        """W29, W109: hosted and custom tools, and what is none, are refused with their place."""
        for kind in ("web_search", "file_search", "code_interpreter", "custom", "mcp", "image_generation"):
            error = refusal(body(tools=[TOOL, {"type": kind, "name": "x"}]))
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, "tools[1].type")
            self.assertIn(kind, error.message)
        for place, fields in {
            "tools[0].type": {"tools": [{"name": "f"}]},
            "tools[0].name": {"tools": [{"type": "function"}]},
            "tools[1].name": {"tools": [TOOL, TOOL]},
            "tools[0].parameters": {"tools": [{**TOOL, "parameters": {"type": "array"}}]},
            "tool_choice": {"tool_choice": "required"},
            "tool_choice.name": {"tools": [TOOL], "tool_choice": {"type": "function", "name": "x"}},
            "tool_choice.type": {"tools": [TOOL], "tool_choice": {"type": "web_search"}},
            "tool_choice.tools[0].name": {"tools": [TOOL], "tool_choice": UNOFFERED},
        }.items():
            self.assertEqual(refusal(body(**fields)).param, place)


class OutputTests(SynchronousTestCase):
    def output(self, **form: object) -> Output:
        return request(text={"format": form}).invocation.output

    def test_formats(self) -> None:
        """W31: text, any object, or what satisfies a schema."""
        self.assertEqual(self.output(type="text"), Output())
        self.assertEqual(self.output(type="json_object"), Output(kind="json_object"))
        got = self.output(type="json_schema", name="n", schema=SCHEMA, strict=True)
        self.assertEqual(got, Output(kind="json_schema", name="n", schema=SCHEMA))

    def test_refused(self) -> None:
        """Others, and schemas that are none, are refused with their place."""
        for place, form in {
            "text.format.type": {"type": "grammar"},
            "text.format.name": {"type": "json_schema", "schema": SCHEMA},
            "text.format.schema": {"type": "json_schema", "name": "n"},
            "text.format.schema.required": {
                "type": "json_schema",
                "name": "n",
                "schema": {"type": "object", "required": True},
            },
        }.items():
            self.assertEqual(refusal(body(text={"format": form})).param, place)

    def test_sampling(self) -> None:
        """What the answer is to be like is handed on; it is called by this API's names if it is refused."""
        said = {"reasoning": {"effort": "low"}, "text": {"verbosity": "low"}}
        asked = request(max_output_tokens=5, temperature=0.5, top_p=0.1, **said)
        expected = Sampling(max_tokens=5, temperature=0.5, top_p=0.1, effort="low")
        self.assertEqual(asked.invocation.sampling, expected)
        depending = {"max_tokens", "temperature", "top_p", "reasoning_effort", "verbosity"}
        self.assertEqual(set(asked.depending), depending)
        self.assertEqual(asked.places["max_tokens"], "max_output_tokens")
        self.assertEqual(asked.places["reasoning_effort"], "reasoning.effort")


class RequestTests(SynchronousTestCase):
    def test_provides_the_interface(self) -> None:
        """The dialect is an `IDialect`."""
        verifyObject(IDialect, OpenAIResponses())

    def test_clients(self) -> None:
        """W94: what clients send without meaning anything by it is accepted without a word."""
        nothing = {"truncation": "disabled", "service_tier": "auto", "top_logprobs": 0, "text": {}}
        asked = request(tools=[], include=[], **nothing)
        self.assertEqual((asked.ignored, asked.depending), ((), ()))

    def test_null(self) -> None:
        """W22: null equals absence, for every field."""
        nulls = {known.name: None for known in PARAMETERS} | {"model": "claude", "input": "Hello"}
        asked = joined(read_request(json.dumps(nulls).encode()), IDENTITY)
        self.assertEqual(asked, request())

    def test_what_is_looked_up(self) -> None:
        """What a request continues and refers to is said, and nothing is looked up here."""
        reference = {"type": "item_reference", "id": "i"}
        asked = read_request(body(previous_response_id="resp_1", input=[reference]))
        self.assertEqual((asked.previous, asked.references), ("resp_1", ("i",)))
        for said in ("conv_1", {"id": "conv_1"}):
            self.assertEqual(read_request(body(conversation=said)).conversation, "conv_1")

    def test_refused_together(self) -> None:
        """What excludes each other is refused."""
        error = refusal(body(previous_response_id="r", conversation="c"))
        self.assertEqual(error.param, "previous_response_id")
        self.assertEqual(refusal(body(background=True, store=False)).param, "background")

    def test_include(self) -> None:
        """Probabilities are refused by name; what else could be included is named as without effect."""
        self.assertEqual(refusal(body(include=["message.output_text.logprobs"])).param, "include")
        self.assertEqual(request(include=["reasoning.encrypted_content"]).ignored, ("include",))

    def test_detail(self) -> None:
        """How closely a picture is to be looked at has no effect, and is named."""
        part = {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "high"}
        asked = request(input=[{"role": "user", "content": [part]}])
        self.assertEqual(asked.ignored, ("input[].content[].detail",))

    def test_counting(self) -> None:
        """Where it is only to be counted, no model is needed."""
        self.assertEqual(read_request(b'{"input":"a"}', counting=True).invocation.model, "")
        self.assertEqual(refusal(b'{"input":"a"}').param, "model")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KINDS = ["message", "function_call", "function_call_output", "reasoning", "item_reference"]
PART_KINDS = ["input_text", "output_text", "input_image", "refusal"]
OTHERS = ["user", "assistant", "f", "data:image/png;base64,AAAA", "{}"]
WORDS = st.sampled_from([*KINDS, *PART_KINDS, *OTHERS])
PARTS = st.dictionaries(st.sampled_from(["type", "text", "image_url", "refusal"]), WORDS | JSON)
NAMES = ["type", "id", "role", "content", "call_id", "name", "arguments", "output", "summary"]
ITEMS = st.dictionaries(st.sampled_from(NAMES), WORDS | st.lists(PARTS, max_size=3) | JSON)
FIELDS = st.sampled_from(
    ["tools", "tool_choice", "text", "reasoning", "conversation", "metadata", "include", "clinvoker", "model"]
)


class AnythingTests(SynchronousTestCase):
    """W16: whatever comes is read or refused."""

    @settings(database=None, deadline=None)
    @given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), JSON))
    def test_bytes(self, sent: bytes) -> None:
        """Any bytes."""
        with contextlib.suppress(BadRequest):
            joined(read_request(sent), IDENTITY)

    @settings(database=None, deadline=None)
    @given(st.lists(ITEMS, max_size=4), st.dictionaries(FIELDS, JSON, max_size=2))
    def test_items(self, items: list[object], fields: dict[str, object]) -> None:
        """Any items and fields."""
        with contextlib.suppress(BadRequest):
            joined(read_request(body(input=items, **fields)), IDENTITY)
