"""Tests for `response_format`, `stop` and the settings of sampling."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_request import ChatRequest, read_request
from clinvoker.errors import UnsupportedParameter
from clinvoker.model import Output, Sampling
from tests.dialects.chats import USER, body, refusal

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def formatted(**schema: object) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": schema}


def output(wire: object) -> Output:
    return read_request(body(response_format=wire)).invocation.output


def asked(**fields: object) -> ChatRequest:
    return read_request(body(**fields))


class FormatTests(SynchronousTestCase):
    def test_kinds(self) -> None:
        """W31: text, any object, or what satisfies a schema, strict or not."""
        self.assertEqual(output({"type": "text"}), Output())
        self.assertEqual(output({"type": "json_object"}), Output(kind="json_object"))
        for strict in ({}, {"strict": None}, {"strict": True}, {"strict": False}):
            got = output(formatted(name="n", schema=SCHEMA, **strict))
            self.assertEqual(got, Output(kind="json_schema", name="n", schema=SCHEMA))

    def test_description(self) -> None:
        """What the schema is for stands in the schema, where programs look; its own words go before."""
        got = output(formatted(name="n", description="Numbers.", schema=SCHEMA))
        self.assertEqual(got.schema, {"description": "Numbers.", **SCHEMA})
        own = {**SCHEMA, "description": "Mine."}
        self.assertEqual(output(formatted(name="n", description="Numbers.", schema=own)).schema, own)

    def test_no_schema(self) -> None:
        """A name without a schema asks for some object."""
        self.assertEqual(output(formatted(name="n")), Output(kind="json_object", name="n"))

    def test_refused(self) -> None:
        """W31, W80: other types, and schemas that are none, are refused with their place."""
        at = "response_format.json_schema"
        for place, wire in {
            "response_format.type": {"type": "grammar"},
            at: {"type": "json_schema"},
            f"{at}.name": formatted(schema=SCHEMA),
            f"{at}.schema": formatted(name="n", schema={"type": "array"}),
            f"{at}.schema.required": formatted(name="n", schema={"required": True}),
        }.items():
            self.assertEqual(refusal(body(response_format=wire)).param, place)
        self.assertIsInstance(refusal(body(response_format={"type": "grammar"})), UnsupportedParameter)
        self.assertEqual(refusal(body(response_format=formatted(name="a b"))).param, f"{at}.name")

    def test_no_fetching(self) -> None:
        """A schema that refers to the outside is refused: nobody is sent to fetch it."""
        wire = formatted(name="n", schema={"$ref": "http://169.254.169.254/latest"})
        self.assertEqual(refusal(body(response_format=wire)).param, "response_format.json_schema.schema")


class SamplingTests(SynchronousTestCase):
    def test_all(self) -> None:
        """What is asked arrives, and is named as depending on the backend."""
        got = asked(stop="END", max_tokens=5, temperature=0, top_p=0.5, reasoning_effort="low")
        self.assertEqual(
            got.invocation.sampling,
            Sampling(max_tokens=5, stop=("END",), temperature=0.0, top_p=0.5, effort="low"),
        )
        self.assertEqual(got.depending, ("stop", "max_tokens", "temperature", "top_p", "reasoning_effort"))

    def test_stop(self) -> None:
        """W26: one, or up to four; any text but an empty one."""
        for sent, stops in (
            ("\n", ("\n",)),
            (["a"], ("a",)),
            (list("abcd"), tuple("abcd")),
            (["a", "a"], ("a",)),
        ):
            self.assertEqual(asked(stop=sent).invocation.sampling.stop, stops)
        for wrong in ("", [""], ["a", ""], list("abcde")):
            self.assertEqual(refusal(body(stop=wrong)).param, "stop")

    def test_max_tokens(self) -> None:
        """W25: both names are understood; the newer one goes before, and is the one that is refused."""
        for sent, limit, places in (
            ({"max_tokens": 7}, 7, {}),
            ({"max_completion_tokens": 8}, 8, {"max_tokens": "max_completion_tokens"}),
            ({"max_tokens": 7, "max_completion_tokens": 8}, 8, {"max_tokens": "max_completion_tokens"}),
        ):
            got = asked(**sent)
            self.assertEqual((got.invocation.sampling.max_tokens, got.places), (limit, places))

    def test_unread(self) -> None:
        """What no invocation has a place for is named all the same."""
        got = asked(seed=0, presence_penalty=1, frequency_penalty=0, logit_bias={"1": 1}, verbosity="low")
        self.assertEqual(got.depending, ("seed", "presence_penalty", "logit_bias", "verbosity"))

    def test_choices(self) -> None:
        """W35: `n` answers, one if nothing is said."""
        self.assertEqual([asked(n=n).choices for n in (None, 1, 8)], [1, 1, 8])
        self.assertEqual(refusal(body(n=9)).param, "n")


class PictureTests(SynchronousTestCase):
    def test_place(self) -> None:
        """W34: pictures depend on the backend; one that takes none refuses the first by its place."""
        picture = {"type": "image_url", "image_url": {"url": "http://host/a.png", "detail": "auto"}}
        seen = {"role": "user", "content": [{"type": "text", "text": "a"}, picture, picture]}
        got = asked(messages=[USER, seen])
        self.assertEqual((got.depending, got.ignored), (("images",), ()))
        self.assertEqual(got.places, {"images": "messages[1].content[1]"})

    def test_detail(self) -> None:
        """W34: `detail` is accepted, and named where it asks for something."""
        picture = {"type": "image_url", "image_url": {"url": "http://host/a.png", "detail": "low"}}
        got = asked(messages=[{"role": "user", "content": [picture]}])
        self.assertEqual(got.ignored, ("messages[].content[].image_url.detail",))
