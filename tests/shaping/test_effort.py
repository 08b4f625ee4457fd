"""Schemas that would take for ever to check against."""

from __future__ import annotations

import json
import time
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BadRequest
from clinvoker.model import Finished, Invocation, Output, TextDelta, Usage
from clinvoker.shaping.checked import JSONPlan
from clinvoker.shaping.patterns import check_patterns
from clinvoker.shaping.schema import NotThat, bare
from clinvoker.shaping.unusable import Unusable

Schema = dict[str, Any]


def doubled(keyword: str, depth: int = 40) -> Schema:
    """A short schema in which each definition refers twice to the next: 2 ** `depth` steps."""
    defs: Schema = {"d0": {"type": "object"}}
    for number in range(1, depth + 1):
        below = {"$ref": f"#/$defs/d{number - 1}"}
        both = {"x": below, "y": below} if keyword == "dependentSchemas" else [below, below]
        defs[f"d{number}"] = {keyword: both}
    return {"$defs": defs, "$ref": f"#/$defs/d{depth}"}


class EffortTests(SynchronousTestCase):
    def quickly(self, raises: type[Exception], value: object, schema: Schema) -> None:
        """Judged within what a busy machine needs for so many steps."""
        begun = time.process_time()
        self.assertRaises(raises, bare, json.dumps(value), schema)
        self.assertLess(time.process_time() - begun, 5)

    def test_doubled(self) -> None:
        """References that multiply, at every keyword that can follow them."""
        for keyword in ("allOf", "oneOf", "anyOf", "dependentSchemas"):
            schema = {**doubled(keyword), "required": ["z"]}
            if keyword == "anyOf":
                schema["$defs"]["d0"] = {"type": "string"}
            self.quickly(Unusable, {"x": 1, "y": 1}, schema)

    def test_doubled_unevaluated(self) -> None:
        """What only finds out what was looked at follows them too."""
        schema = {"unevaluatedProperties": False, **doubled("dependentSchemas")}
        self.quickly(Unusable, {"x": 1, "y": 1}, schema)

    def test_values(self) -> None:
        """Long values, compared again and again."""
        items = [{"x": number} for number in range(3000)]
        bare(json.dumps({"a": items}), {"properties": {"a": {"uniqueItems": True}}})
        enum = {"items": {"enum": [*range(3000)]}}
        self.quickly(Unusable, {"a": [-1] * 3000}, {"properties": {"a": enum}})
        same = {"allOf": [{"const": {"a": items}}] * 1000}
        self.quickly(Unusable, {"a": items}, same)

    def test_faults(self) -> None:
        """Each fault holds the value in words."""
        text = "x" * 1_000_000
        self.quickly(Unusable, {"a": text}, {"allOf": [{"maxProperties": 0}] * 5000})

    def test_unique(self) -> None:
        """Equal as JSON is: numbers by their value, truth values by themselves, objects in any order."""
        schema = {"properties": {"a": {"uniqueItems": True}}}
        for items in ('[1, true, "1", [1], [true]]', '[{"a": 1}, {"a": 2}, {}, [], null, false, 0]'):
            bare(f'{{"a": {items}}}', schema)
        for items in ("[1, 1.0]", '[{"a": 1, "b": [0]}, {"b": [0.0], "a": 1}]', "[null, 2, null]"):
            self.assertRaises(NotThat, bare, f'{{"a": {items}}}', schema)

    def test_unevaluated_patterns(self) -> None:
        """The library asks Python's own expressions here, so this is refused before anything is asked."""
        schema = {"patternProperties": {"^(a+)+$": True}, "unevaluatedProperties": False}
        error = self.assertRaises(Unusable, check_patterns, schema)
        self.assertIn("unevaluatedProperties", str(error))
        self.quickly(Unusable, {"a" * 40 + "b": 1}, schema)
        bare('{"a": 1}', {"properties": {"a": {}}, "unevaluatedProperties": False})

    def test_large_patterns(self) -> None:
        """One that needs much is taken, many are not."""
        large = r"^\p{L}{1,100}$"
        check_patterns({"pattern": large})
        self.assertRaises(
            Unusable, check_patterns, {"allOf": [{"pattern": large + "x" * n} for n in range(9)]}
        )

    def test_told(self) -> None:
        """The client is told, and nothing is asked again."""
        schema = doubled("allOf")
        plan = JSONPlan(
            Invocation(model="m", messages=(), output=Output(kind="json_schema", schema=schema)), True
        )
        self.assertEqual([], [*plan.feed([TextDelta("{}"), Finished("stop", Usage())])])
        error = self.assertRaises(BadRequest, plan.again)
        self.assertIn("too many steps", error.message)

    def test_ordinary(self) -> None:
        """Long answers to ordinary schemas are checked."""
        fields = {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer"}}
        person = {
            "type": "object",
            "properties": fields,
            "required": [*fields],
            "additionalProperties": False,
        }
        every = {"type": "array", "items": {"$ref": "#/$defs/p"}}
        schema = {"$defs": {"p": person}, "properties": {"all": every}}
        bare(json.dumps({"all": [{"name": "x", "age": 1}] * 5000}), schema)
        bare(json.dumps({"all": [*range(20_000)]}), {"properties": {"all": {"items": {"type": "integer"}}}})
