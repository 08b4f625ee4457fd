"""The OpenAPI document, of a few routes made for it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from jsonschema import Draft202012Validator
from msgspec import Meta
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.described import EVENTS, Content, Errors, Operation
from clinvoker.dialects.openapi import ITEMS, document, schema
from clinvoker.dialects.openapi_page import kind, page


class Pet(msgspec.Struct):
    """A <b>pet</b>."""

    name: Annotated[str, Meta(min_length=1)]
    friends: list[Pet] = []


class Asked(msgspec.Struct):
    pet: Pet | None = None
    colour: str | None = None


class Query(msgspec.Struct):
    limit: Annotated[int, Meta(ge=0)] = 0


class Wrong(msgspec.Struct):
    why: str


ERRORS = Errors(Content(Wrong), (400, 404))
FEED = Operation(
    name="feed",
    summary="Feeds one & all.",
    tag="Pets",
    asks=Asked,
    required=("pet",),
    query=Query,
    answers={200: (Content(Pet), Content((Pet, Wrong), EVENTS, many=True))},
    errors=ERRORS,
)
SEE = Operation(
    name="see", summary="Sees.", tag="Zoo", answers={404: (Content(Pet),)}, errors=ERRORS, open=True
)
ENTRIES = [("POST", "/pets/<path:name>/food/<kind>", FEED), ("GET", "/zoo", SEE)]


class DocumentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.document = document(ENTRIES, "7")
        self.feed: Any = self.document["paths"]["/pets/{name}/food/{kind}"]["post"]

    def test_parameters(self) -> None:
        """Parts of the path and of the query are parameters, with the types that check them."""
        told = [(each["name"], each["in"], each["required"]) for each in self.feed["parameters"]]
        self.assertEqual([("name", "path", True), ("kind", "path", True), ("limit", "query", False)], told)
        self.assertEqual(0, self.feed["parameters"][2]["schema"]["minimum"])

    def test_body(self) -> None:
        """The body is described, with what must be there."""
        told = self.feed["requestBody"]["content"]["application/json"]["schema"]
        self.assertEqual("#/components/schemas/Asked", told["$ref"])
        self.assertEqual(["pet"], self.document["components"]["schemas"]["Asked"]["required"])

    def test_answers(self) -> None:
        """Each answer with its types, streams by their items, errors by their statuses."""
        self.assertEqual({"200", "400", "404"}, {*self.feed["responses"]})
        content = self.feed["responses"]["200"]["content"]
        self.assertEqual({"application/json", EVENTS}, {*content})
        self.assertEqual(2, len(content[EVENTS][ITEMS]["anyOf"]))

    def test_own_answer(self) -> None:
        """An answer goes before an error of the same status."""
        see = self.document["paths"]["/zoo"]["get"]
        told = see["responses"]["404"]["content"]["application/json"]["schema"]
        self.assertEqual("#/components/schemas/Pet", told["$ref"])
        self.assertEqual([], see["security"])
        self.assertNotIn("requestBody", see)

    def test_schema(self) -> None:
        """A schema alone is one by itself, with links to the others, itself included."""
        told = schema(self.document, "Pet")
        assert told is not None
        Draft202012Validator.check_schema(told)
        self.assertEqual("/schemas/Pet.json", told["properties"]["friends"]["items"]["$ref"])
        self.assertIsNone(schema(self.document, "Nothing"))


class PageTests(SynchronousTestCase):
    def test_escaped(self) -> None:
        """What is text stays text."""
        shown = page(document(ENTRIES, "7"))
        self.assertIn("Feeds one &amp; all.", shown)
        self.assertIn("A &lt;b&gt;pet&lt;/b&gt;.", shown)
        self.assertNotIn("<b>", shown)

    def test_groups(self) -> None:
        """Routes stand below the word they are tagged with."""
        shown = page(document(ENTRIES, "7"))
        self.assertLess(shown.index("Pets"), shown.index("Zoo"))
        self.assertIn("no key needed", shown)

    def test_kinds(self) -> None:
        """Schemas in a few words."""
        for told, expected in (
            ({"$ref": "#/components/schemas/Pet"}, '<a href="#Pet">Pet</a>'),
            ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
            ({"enum": ["a", "b"]}, "&#x27;a&#x27;, &#x27;b&#x27;"),
            ({"type": "array", "items": {"type": "integer", "minimum": 0}}, "array of integer minimum 0"),
            ({}, "anything"),
        ):
            self.assertEqual(expected, kind(told))
