"""Tests for the shape of schemas."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.json_schemas import object_schema
from clinvoker.errors import BadRequest
from tests.dialects.test_chat_request import JSON

REFERENCES = (
    "#",
    "#/$defs/place",
    "#/$defs/a~1b~0c",
    "#/$defs/a%20b",
    "#/properties/x/anyOf/1",
    "#here",
)
ASTRAY = (
    "http://localhost:8080/schema",
    "file:///etc/passwd",
    "other.json#/a",
    "//host/x",
    "",
    "#/$defs/nowhere",
    "#/properties/x/anyOf/7",
    "#/properties/x/anyOf/-1",
    "#nowhere",
    "#/required",
)


def refusal(schema: dict[str, object]) -> BadRequest:
    try:
        object_schema(schema, "at")
    except BadRequest as error:
        return error
    raise AssertionError("accepted")


def referring(reference: str, word: str = "$ref") -> dict[str, object]:
    return {
        "type": "object",
        "properties": {"x": {"anyOf": [{"type": "null"}, {word: reference}]}},
        "required": ["x"],
        "$defs": {
            "place": {"type": "string", "$anchor": "here"},
            "a/b~c": {},
            "a b": {},
        },
    }


class ShapeTests(SynchronousTestCase):
    def test_kept(self) -> None:
        """A schema is handed on as it is, unknown words and drafts included."""
        schema = {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {
                "type": {"type": ["string", "null"], "x-order": 1, "nullable": True},
                "$ref": {"const": {"$comment": "a property of that name"}},
                "n": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
                "pair": {"type": "array", "items": [{"type": "string"}, True], "maxItems": 2},
            },
            "additionalProperties": {"type": "integer"},
            "oneOf": [{"required": ["n"]}, {"not": {"required": ["pair"]}}],
        }
        self.assertEqual(object_schema(schema, "at"), schema)

    def test_made_an_object(self) -> None:
        """What does not say that it is an object is made to."""
        self.assertEqual(object_schema(None, "at"), {"type": "object", "properties": {}})
        made = object_schema({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}, "at")
        self.assertEqual(made["type"], "object")

    def test_no_object(self) -> None:
        """A schema of anything else is refused."""
        for kind in ("array", "string", ["object", "null"], None, 1):
            self.assertEqual(refusal({"type": kind}).param, "at")

    def test_misshapen(self) -> None:
        """What a reader of schemas would stumble over is refused with its place."""
        wrong: dict[str, dict[str, object]] = {
            "at.properties": {"properties": []},
            "at.properties[...]": {"properties": {"a": 1}},
            "at.required": {"required": "a"},
            "at.required[1]": {"required": ["a", 1]},
            "at.anyOf": {"anyOf": {}},
            "at.items": {"items": "string"},
            "at.enum": {"enum": None},
            "at.multipleOf": {"multipleOf": 0},
            "at.minLength": {"minLength": -1},
            "at.$ref": {"$ref": 1},
        }
        for place, schema in wrong.items():
            self.assertEqual(refusal(schema).param, place.replace("[...]", ""))

    def test_types(self) -> None:
        """A type is one that there is."""
        error = refusal({"properties": {"a": {"type": "str"}}})
        self.assertEqual(error.param, "at.properties")
        self.assertIn("'str'", error.message)

    def test_nesting(self) -> None:
        """A schema nested without end is refused."""
        schema: dict[str, object] = {}
        for _ in range(5000):
            schema = {"items": schema}
        self.assertEqual(refusal(schema).param, "at")


class ReferenceTests(SynchronousTestCase):
    def test_within(self) -> None:
        """References that lead to a place in the schema are kept."""
        for reference in REFERENCES:
            self.assertEqual(object_schema(referring(reference), "at"), referring(reference))

    def test_astray(self) -> None:
        """References to the outside, which a validator might fetch, and to nowhere are refused."""
        for word in ("$ref", "$dynamicRef"):
            for reference in ASTRAY:
                self.assertEqual(refusal(referring(reference, word)).param, "at")

    def test_hidden(self) -> None:
        """One that hides in data, where a reference may lead, is found too."""
        error = refusal({"$ref": "#/default", "default": {"$ref": "http://localhost/"}})
        self.assertIn("http://localhost/", error.message)

    def test_echo_is_short(self) -> None:
        """A reference without end does not come back whole."""
        self.assertLess(len(refusal({"$ref": "x" * 10_000}).message), 400)


class AnySchemaTests(SynchronousTestCase):
    @settings(database=None, deadline=None, max_examples=200)
    @given(
        st.dictionaries(
            st.sampled_from(["type", "properties", "required", "items", "$ref", "enum", "anyOf", "not", "x"]),
            JSON | st.just("object") | st.just("#"),
        )
    )
    def test_any(self, schema: dict[str, object]) -> None:
        """Any object is a schema of objects or a `BadRequest`."""
        try:
            got = object_schema(schema, "at")
        except BadRequest as error:
            error.message.encode()
        else:
            self.assertEqual(got, {"properties": {}, **schema, "type": "object"})
