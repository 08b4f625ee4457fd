"""Tests for the reading of chat requests."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.dialects.chat_request import ChatRequest, read_request
from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.errors import BadRequest
from clinvoker.interfaces import IDialect
from clinvoker.model import Invocation, Message, Text
from tests.dialects.chats import USER, body, refusal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(["f", "g", "a b", ""])
FUNCTIONS = st.fixed_dictionaries(
    {},
    optional={"name": NAMES, "parameters": JSON | st.just({"type": "object"}), "arguments": st.text() | JSON},
)
CALLS = st.fixed_dictionaries(
    {}, optional={"id": NAMES, "type": st.just("function") | JSON, "function": FUNCTIONS | JSON}
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "image_url", "file", "refusal"]) | JSON,
        "text": st.text() | JSON,
        "image_url": st.builds(lambda url: {"url": url}, st.text() | st.just("data:image/png;base64,AAAA"))
        | JSON,
    },
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "role": st.sampled_from(["system", "user", "assistant", "tool"]),
            "content": st.text() | st.lists(PARTS) | JSON,
            "name": JSON,
            "tool_calls": st.lists(CALLS) | JSON,
            "tool_call_id": NAMES | JSON,
        },
    )
)
FORMATS = st.builds(
    lambda kind, schema: {"type": kind, "json_schema": schema},
    st.sampled_from(["text", "json_object", "json_schema"]),
    FUNCTIONS | st.builds(lambda schema: {"name": "f", "schema": schema}, JSON),
)
FIELDS = {
    "messages": MESSAGES,
    "tools": st.lists(CALLS),
    "tool_choice": st.sampled_from(["none", "auto", "required"]) | CALLS,
    "response_format": FORMATS,
    "clinvoker": st.dictionaries(st.sampled_from(["mode", "workdir", "actions", "x"]), JSON),
    "stop": st.text() | st.lists(st.text(), max_size=5),
    "stream_options": st.dictionaries(st.just("include_usage"), st.none() | st.booleans()),
    **dict.fromkeys(["temperature", "logit_bias", "n", "max_tokens", "seed"], JSON),
}
# Most fields are absent, or the others would hide what is wrong with one.
BODIES = st.builds(
    lambda *fields: {"model": "claude", "messages": [USER], **dict(fields)},
    *[st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), FIELDS[name] | JSON))]
    * 2,
)


class AcceptedTests(SynchronousTestCase):
    """Requests as clients send them."""

    def test_provides_the_interface(self) -> None:
        """The dialect is an `IDialect`."""
        verifyObject(IDialect, OpenAIChat())

    def test_smallest(self) -> None:
        """A model and a message are enough: a whole answer, nothing ignored."""
        asked = OpenAIChat().parse(body())
        invocation = Invocation(model="claude", messages=(Message("user", (Text("Hello"),)),))
        self.assertEqual(asked, ChatRequest(invocation=invocation))

    def test_nulls_equal_absence(self) -> None:
        """W22: explicit nulls equal absence, for every field but the required ones."""
        names = (
            "stop",
            "max_tokens",
            "tools",
            "n",
            "temperature",
            "stream",
            "stream_options",
            "response_format",
        )
        self.assertEqual(read_request(body(**dict.fromkeys(names))), read_request(body()))

    def test_stream_false_equals_absence(self) -> None:
        """W23: `stream: false` equals absence."""
        self.assertEqual(read_request(body(stream=False)), read_request(body()))

    def test_stream(self) -> None:
        """`stream: true` without options asks for no usage."""
        asked = read_request(body(stream=True))
        self.assertEqual((asked.stream, asked.include_usage), (True, False))

    def test_usage_of_a_stream(self) -> None:
        """W27: `stream_options.include_usage` is honoured, obfuscation is no concern."""
        options = {"include_usage": True, "include_obfuscation": False}
        asked = read_request(body(stream=True, stream_options=options))
        self.assertEqual((asked.include_usage, asked.ignored), (True, ()))

    def test_stream_options_without_a_stream(self) -> None:
        """Options for a stream that was not asked for are named as being without effect."""
        asked = read_request(body(stream_options={"include_usage": True}))
        self.assertEqual((asked.include_usage, asked.ignored), (False, ("stream_options",)))

    def test_unknown_fields(self) -> None:
        """W24: unknown fields say nothing."""
        asked = read_request(body(include=[], top_k=40, extra={"deep": [1]}))
        self.assertEqual(asked, read_request(body()))

    def test_any_model_name(self) -> None:
        """Which models there are is not the dialect's affair: the name is passed on as it is."""
        for name in ("claude/opus", "codex:gpt-5", "modèle", "--help", "a b"):
            self.assertEqual(read_request(body(model=name)).invocation.model, name)


class RefusedTests(SynchronousTestCase):
    """W16, W37, W80: whatever is wrong is a `BadRequest` that names the field."""

    def test_no_json_object(self) -> None:
        """W16: malformed JSON, an empty body, an array, null are refused without a field."""
        for sent in (
            b"",
            b" ",
            b"{",
            b"[]",
            b"null",
            b"1",
            b'"x"',
            b"{}x",
            b"\xef\xbb\xbf{}",
            b"{'a':1}",
            b"<html>",
        ):
            self.assertEqual((refusal(sent).param, refusal(sent).code), (None, "invalid_request"))

    def test_invalid_unicode(self) -> None:
        """W37: bytes that are no UTF-8 and lone surrogates are refused."""
        for text in (b"\xff", b"\xed\xa0\x80", b"\\ud83d", b"\\ude00\\ud83d", b"\x00"):
            sent = b'{"model":"claude","messages":[{"role":"user","content":"%b"}]}' % text
            self.assertIsInstance(refusal(sent), BadRequest)

    def test_pairs_of_surrogates(self) -> None:
        """A pair of escaped surrogates is a character like any other."""
        [message] = read_request(
            body(messages=[{"role": "user", "content": "\U0001f600"}])
        ).invocation.messages
        self.assertEqual(message.text, "\U0001f600")

    def test_nul(self) -> None:
        """W37: NUL is refused in texts and in the model's name."""
        messages = [USER, {"role": "user", "content": "a\0b"}]
        self.assertEqual(refusal(body(messages=messages)).param, "messages[1].content")
        self.assertEqual(refusal(body(model="a\0b")).param, "model")

    def test_nesting(self) -> None:
        """A body nested without end is refused, in a known field or not."""
        for name in (b"extra", b"metadata", b"messages"):
            sent = b'{"%b":%b' % (name, b"[" * 100_000)
            self.assertIsInstance(refusal(sent), BadRequest)

    def test_numbers_that_are_none(self) -> None:
        """NaN, infinities and numbers without end are refused."""
        for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5000):
            sent = b'{"model":"claude","messages":[],"temperature":%b}' % number
            self.assertIsInstance(refusal(sent), BadRequest)

    def test_model(self) -> None:
        """A model that is missing, no string, empty, endless or unprintable is named."""
        for model in (None, 1, ["claude"], "", "x" * 257, "a\nb", "\u202e"):
            self.assertEqual(refusal(body(model=model)).param, "model")
        self.assertEqual(refusal(json.dumps({"messages": [USER]}).encode()).param, "model")

    def test_types(self) -> None:
        """W80: a value of the wrong type is named by its place."""
        wrong = {
            "messages": "hi",
            "messages[0]": ["hi"],
            "messages[1].role": [USER, {"role": 1}],
            "messages[0].content": [{"role": "user", "content": 1}],
            "messages[0].content[1].text": [
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"text": 1}]}
            ],
        }
        for place, messages in wrong.items():
            self.assertEqual(refusal(body(messages=messages)).param, place)

    def test_types_of_the_stream(self) -> None:
        """`stream` and its options have their types too."""
        self.assertEqual(refusal(body(stream="yes")).param, "stream")
        self.assertEqual(refusal(body(stream_options=True)).param, "stream_options")
        self.assertEqual(
            refusal(body(stream_options={"include_usage": 1})).param, "stream_options.include_usage"
        )

    def test_sentence(self) -> None:
        """The sentence names the field and what was expected, in words of JSON."""
        said = refusal(body(temperature="hot")).message
        self.assertEqual(said, "Invalid value for 'temperature': Expected `float`, got `str`.")

    def test_echo_is_short(self) -> None:
        """A value that looks like a place of its own, or is endless, does not get into the place."""
        error = refusal(body(reasoning_effort="x - at `$.model`" + "y" * 10_000))
        self.assertEqual(error.param, "reasoning_effort")
        self.assertLess(len(error.message), 300)


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
            self.assertTrue(asked.invocation.model and asked.invocation.messages)
