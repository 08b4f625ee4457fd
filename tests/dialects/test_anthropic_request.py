"""Tests for the reading of requests in Anthropic's format."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.dialects.anthropic_messages import AnthropicMessages, count_body
from clinvoker.dialects.anthropic_request import MessageRequest, read_counting, read_request
from clinvoker.errors import BadRequest
from clinvoker.interfaces import IDialect
from clinvoker.model import Invocation, Message, Output, Sampling, Text
from tests.dialects.messages import SCHEMA, USER, body, image, read, refusal, text, tool
from tests.dialects.test_chat_request import JSON

NAMES = st.sampled_from(["f", "g", "c1", "a b", ""])
KINDS = st.sampled_from(
    ["text", "image", "document", "tool_use", "tool_result", "thinking", "tool_reference", "server_tool_use"]
)
SOURCES = st.fixed_dictionaries(
    {},
    optional={"type": st.sampled_from(["base64", "url", "text", "content"]), "data": st.text(), "url": JSON},
)
BLOCKS = st.recursive(
    st.builds(lambda said: text(said), st.text()),
    lambda inner: st.fixed_dictionaries(
        {"type": KINDS | JSON},
        optional={
            "text": st.text() | JSON,
            "id": NAMES,
            "name": NAMES,
            "input": st.dictionaries(st.text(), JSON, max_size=2) | JSON,
            "tool_use_id": NAMES,
            "content": st.lists(inner, max_size=2) | st.text() | JSON,
            "source": SOURCES | JSON,
            "is_error": st.booleans() | JSON,
        },
    ),
    max_leaves=4,
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "role": st.sampled_from(["user", "assistant", "system"]) | JSON,
            "content": st.text() | st.lists(BLOCKS, max_size=3) | JSON,
        },
    ),
    max_size=4,
)
FIELDS = {
    "messages": MESSAGES,
    "system": st.text() | st.lists(BLOCKS, max_size=2),
    "tools": st.lists(
        st.fixed_dictionaries({}, optional={"name": NAMES, "input_schema": JSON, "type": JSON}), max_size=3
    ),
    "tool_choice": st.fixed_dictionaries(
        {"type": st.sampled_from(["auto", "any", "tool", "none"]) | JSON}, optional={"name": NAMES}
    ),
    "thinking": st.fixed_dictionaries(
        {"type": st.sampled_from(["enabled", "adaptive"]) | JSON}, optional={"budget_tokens": JSON}
    ),
    "output_config": st.dictionaries(st.sampled_from(["effort", "format"]), JSON),
    **dict.fromkeys(["max_tokens", "temperature", "stop_sequences", "metadata", "thread", "clinvoker"], JSON),
}
BODIES = st.builds(
    lambda *fields: {"model": "claude", "max_tokens": 9, "messages": [USER], **dict(fields)},
    *[st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), FIELDS[name] | JSON))]
    * 2,
)


class AcceptedTests(SynchronousTestCase):
    """Requests as clients send them."""

    def test_provides_the_interface(self) -> None:
        """The dialect is an `IDialect`."""
        verifyObject(IDialect, AnthropicMessages())

    def test_smallest(self) -> None:
        """F038: a model, a limit and a message are enough: a whole answer, nothing ignored."""
        messages = (Message("user", (Text("Hello"),)),)
        asked = read()
        invocation = Invocation(model="claude", messages=messages, sampling=Sampling(max_tokens=100))
        self.assertEqual(asked.invocation, invocation)
        self.assertEqual((asked.depending, asked.ignored), (("max_tokens",), ()))
        self.assertEqual((asked.stream, asked.thoughts), (False, False))

    def test_unknown_fields(self) -> None:
        """Unknown fields say nothing."""
        self.assertEqual(read(betas=["x"], extra={"deep": [1]}), read())

    def test_sampling(self) -> None:
        """What says how the answer is to be made."""
        asked = read(stop_sequences=["a", "b", "a"], temperature=0, top_p=0.5)
        expected = Sampling(max_tokens=100, stop=("a", "b"), temperature=0, top_p=0.5)
        self.assertEqual(asked.invocation.sampling, expected)
        self.assertEqual(asked.places["stop"], "stop_sequences")

    def test_structured(self) -> None:
        """`output_config.format`, and `output_format` as it was called before."""
        wanted = {"type": "json_schema", "schema": SCHEMA}
        for name, fields in (
            ("output_config.format", {"output_config": {"format": wanted}}),
            ("output_format", {"output_format": wanted}),
        ):
            asked = read(**fields)
            self.assertEqual(
                asked.invocation.output, Output(kind="json_schema", name="answer", schema=SCHEMA)
            )
            self.assertEqual(asked.places["response_format"], name)

    def test_effort(self) -> None:
        """`output_config.effort`, else the tokens to think with, say how hard the model thinks."""
        budgets = {1024: "low", 4096: "medium", 16384: "high", 100_000: "high"}
        for budget, effort in budgets.items():
            asked = read(thinking={"type": "enabled", "budget_tokens": budget})
            self.assertEqual((asked.invocation.sampling.effort, asked.thoughts), (effort, True))
            self.assertEqual(asked.places["reasoning_effort"], "thinking.budget_tokens")
        asked = read(thinking={"type": "enabled", "budget_tokens": 1024}, output_config={"effort": "max"})
        self.assertEqual(asked.invocation.sampling.effort, "max")
        self.assertEqual(asked.places["reasoning_effort"], "output_config.effort")

    def test_thoughts(self) -> None:
        """Thoughts are told to who wants to see them."""
        told = {
            True: (
                {"type": "adaptive"},
                {"type": "between_tools"},
                {"type": "adaptive", "display": "summarized"},
            ),
            False: ({"type": "disabled"}, {"type": "adaptive", "display": "omitted"}, None),
        }
        for wanted, sent in told.items():
            for thinking in sent:
                asked = read(thinking=thinking)
                self.assertEqual((asked.thoughts, asked.invocation.sampling.effort), (wanted, ""))

    def test_agency(self) -> None:
        """`clinvoker` is what it is in every dialect."""
        agency = read(clinvoker={"mode": "agent", "workdir": "/srv"}).invocation.agency
        self.assertEqual((agency.mode, agency.workdir), ("agent", "/srv"))

    def test_claude_code(self) -> None:
        """What Claude Code sends in every request (2.1.330)."""
        system = {"role": "system", "content": "# Environment", "output_config": {"effort": "medium"}}
        asked = read(
            messages=[{"role": "user", "content": [text()]}, system],
            system=[text("You are.", cache_control={"type": "ephemeral"})],
            max_tokens=128_000,
            metadata={"user_id": "{}"},
            thinking={"type": "adaptive", "display": "omitted"},
            context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            output_config={"effort": "medium"},
            stream=True,
        )
        ignored = ("metadata", "context_management", "cache_control", "messages[].output_config")
        self.assertEqual((asked.ignored, asked.stream, asked.thoughts), (ignored, True, False))
        self.assertEqual(asked.invocation.sampling, Sampling(max_tokens=128_000, effort="medium"))


class RefusedTests(SynchronousTestCase):
    """Whatever is wrong is a `BadRequest` that names the field."""

    def test_required(self) -> None:
        """F038: what is required is named where it is missing."""
        for name in ("model", "max_tokens", "messages"):
            self.assertEqual(refusal(**{name: None}).param, name)
        self.assertEqual(refusal(messages=[]).param, "messages")
        self.assertEqual(refusal(max_tokens=0).param, "max_tokens")

    def test_no_json_object(self) -> None:
        """W16: what is no JSON object is refused without a field."""
        for sent in (b"", b"{", b"[]", b"null", b'"x"', b"{}x", b"<html>", b"\xff"):
            self.assertIsNone(self.assertRaises(BadRequest, read_request, sent).param)

    def test_output(self) -> None:
        """Formats and thinking that are none."""
        wrong = {
            "output_config.format.type": {"output_config": {"format": {"type": "grammar"}}},
            "output_config.format.schema": {"output_config": {"format": {"type": "json_schema"}}},
            "output_format.type": {"output_format": {}},
            "thinking.type": {"thinking": {}},
            "thinking.budget_tokens": {"thinking": {"type": "enabled"}},
        }
        for place, fields in wrong.items():
            self.assertEqual(refusal(**fields).param, place)


class CountingTests(SynchronousTestCase):
    """W118: what is counted."""

    def count(self, **fields: object) -> int:
        sent = json.loads(body(**fields))
        del sent["max_tokens"]
        return json.loads(count_body(read_counting(json.dumps(sent).encode())))["input_tokens"]

    def test_grows(self) -> None:
        """No limit is needed; prompts, tools, pictures and schemas count."""
        least = self.count()
        self.assertGreater(least, 0)
        self.assertGreater(self.count(messages=[{"role": "user", "content": "Hello " * 50}]), least + 50)
        self.assertGreater(self.count(system="Be brief and say so."), least)
        self.assertGreater(self.count(tools=[tool()]), least + 10)
        self.assertGreater(
            self.count(messages=[{"role": "user", "content": [text(), image()]}]), least + 1000
        )
        wanted = {"format": {"type": "json_schema", "schema": SCHEMA}}
        self.assertGreater(self.count(output_config=wanted), least)

    def test_refused(self) -> None:
        """What is no request is not counted."""
        self.assertRaises(BadRequest, read_counting, b"{}")
        self.assertRaises(BadRequest, read_counting, body(messages=[]))


class AnythingTests(SynchronousTestCase):
    """Whatever comes is read or refused."""

    @settings(database=None, deadline=None, max_examples=300)
    @given(BODIES)
    def test_any_json(self, sent: object) -> None:
        """W16: any JSON is a request or a `BadRequest`."""
        self.read(json.dumps(sent).encode())

    @settings(database=None, deadline=None)
    @given(st.binary())
    def test_any_bytes(self, sent: bytes) -> None:
        """W16: so are any bytes."""
        self.read(sent)

    def read(self, sent: bytes) -> None:
        try:
            asked = read_request(sent)
        except BadRequest as error:
            error.message.encode()
        else:
            self.assertIsInstance(asked, MessageRequest)
            self.assertTrue(asked.invocation.model and asked.invocation.messages)
