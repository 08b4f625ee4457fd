"""The client's tools under the names and with the schemas that the program takes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.tools import id_there, name_there, offered, refused, specifications
from clinvoker.model import Tool, Tools

MARK = "Parameters, as a JSON schema: "


def told(**parameters: object) -> str:
    """The description under which a tool with this schema is offered."""
    (specification,) = specifications([Tool("t", "Does.", {"type": "object", **parameters})])
    return str(specification["description"])


class NameTests(SynchronousTestCase):
    """Names of tools."""

    def test_kept(self) -> None:
        """A name that the program takes stays as it is, those of its own tools too."""
        for name in ("get_weather", "a-b", "1", "x" * 64, "apply_patch", "web_search", "mcp_"):
            self.assertEqual(name, name_there(name))

    def test_mapped(self) -> None:
        """A name that it would refuse or drop gets another one that it takes, the same each time."""
        names = ("mcp__server__tool", "exec_command", "shell_command", "a.b", "a b", "h\u00e9", "", "x" * 65)
        there = [name_there(name) for name in names]
        self.assertEqual(there, [name_there(name) for name in names])
        self.assertEqual(len(names), len({*names, *there}) - len(names))
        for name in there:
            self.assertRegex(name, r"\A(?!mcp__)[a-zA-Z0-9_-]{1,64}\Z")
            self.assertEqual(name, name_there(name))

    @given(st.text(max_size=80))
    def test_any(self, name: str) -> None:
        """Whatever it is called, it has a name that the program takes."""
        self.assertRegex(name_there(name), r"\A(?!mcp__)[a-zA-Z0-9_-]{1,64}\Z")


class IdTests(SynchronousTestCase):
    """Ids of calls, which in a history can be anybody's."""

    def test_kept(self) -> None:
        """An id of the usual length stays."""
        for call_id in ("call_1", "toolu_01", "x" * 64, "a.b:c/d"):
            self.assertEqual(call_id, id_there(call_id))

    def test_mapped(self) -> None:
        """One that the provider would refuse becomes another, the same each time."""
        for call_id in ("x" * 65, "a b", "\u4e16"):
            self.assertRegex(id_there(call_id), r"\Acall_[0-9a-f]{32}\Z")
            self.assertEqual(id_there(call_id), id_there(call_id))
        self.assertNotEqual(id_there("x" * 65), id_there("x" * 66))


class SchemaTests(SynchronousTestCase):
    """Schemas of parameters, which go in unchanged; what the program would drop is said in words too."""

    def test_unchanged(self) -> None:
        """The schema is the client's."""
        schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}
        (specification,) = specifications([Tool("t", "", schema)])
        self.assertEqual(schema, specification["inputSchema"])

    def test_no_parameters(self) -> None:
        """A tool without a schema takes an empty object."""
        (specification,) = specifications([Tool("t")])
        self.assertEqual({"type": "object", "properties": {}}, specification["inputSchema"])
        self.assertEqual("", specification["description"])

    def test_passed_on(self) -> None:
        """Nothing is said twice of what arrives."""
        inner: list[Any] = [
            {"type": "string", "description": "d", "title": "A", "enum": ["a"]},
            {"type": ["string", "null"]},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
            {"$ref": "#/$defs/A"},
            {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
            {},
        ]
        for schema in inner:
            self.assertEqual("Does.", told(properties={"x": schema}, **{"$defs": {"A": {"type": "string"}}}))

    def test_dropped(self) -> None:
        """Of what would not arrive the model reads in the description."""
        inner: list[Any] = [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": "x"},
            {"type": "boolean", "default": True},
            {"description": "only this"},
            {"enum": [1, 2]},
            {"type": "array"},
            True,
            {"type": "array", "items": {"type": "string", "format": "date"}},
            {"anyOf": [{"type": "string", "maxLength": 3}]},
            {"type": "object", "additionalProperties": {"const": 1}},
        ]
        for schema in inner:
            self.assertIn(MARK, told(properties={"x": schema}))
        self.assertIn(MARK, told(**{"$defs": {"A": {"const": 1}}}))

    def test_long(self) -> None:
        """A schema of which the program would drop the descriptions stands in the tool's own."""
        properties = {f"p{n}": {"type": "string", "description": "\u4e16" * 40} for n in range(60)}
        said = told(properties=properties)
        self.assertIn(MARK, said)
        self.assertIn("\u4e16" * 40, said)


class OfferTests(SynchronousTestCase):
    """What is offered, and refused."""

    def test_none(self) -> None:
        """A choice of none is to offer none."""
        self.assertEqual((), offered(Tools(offered=(Tool("t"),), choice="none")))
        self.assertEqual((Tool("t"),), offered(Tools(offered=(Tool("t"),))))

    def test_refused_schema(self) -> None:
        """A schema that the program does not take is the client's mistake, at its place."""
        said = "dynamic tool input schema is not supported for b: expected a map"
        error = refused(said, [Tool("a"), Tool("b")])
        assert error is not None
        self.assertEqual("tools[1].function.parameters", error.param)
        self.assertIn("expected a map", error.message)

    def test_refused_else(self) -> None:
        """Other refusals are not the client's."""
        self.assertIsNone(refused("no", [Tool("a")]))
        self.assertIsNone(refused("dynamic tool input schema is not supported for b: x", [Tool("a")]))
