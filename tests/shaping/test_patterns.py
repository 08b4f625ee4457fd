"""Regular expressions of clients."""

from __future__ import annotations

import time

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BadRequest
from clinvoker.model import Invocation, Output
from clinvoker.shaping.checked import JSONPlan
from clinvoker.shaping.patterns import check_patterns, compiled, patterns_in
from clinvoker.shaping.schema import NotThat, bare
from clinvoker.shaping.unusable import Unusable

SLOW = "^(a+)+$"


class PatternTests(SynchronousTestCase):
    def test_slow(self) -> None:
        """What takes Python for ever takes no time: in a value, in a name, and for what is further there."""
        text = "a" * 5000 + "b"
        begun = time.process_time()
        for schema, value in (
            ({"type": "object", "properties": {"a": {"pattern": SLOW}}}, f'{{"a": "{text}"}}'),
            ({"patternProperties": {SLOW: False}, "required": ["x"]}, f'{{"{text}": 1}}'),
            ({"patternProperties": {SLOW: True}, "additionalProperties": False}, f'{{"{text}": 1}}'),
        ):
            self.assertRaises(NotThat, bare, value, schema)
        self.assertLess(time.process_time() - begun, 1)

    def test_matches(self) -> None:
        """Anywhere in the text, as JSON schemas mean it; by code points."""
        for pattern, text in (
            (r"\d{4}-\d\d", "on 2026-11"),
            (r"^\p{L}+$", "straße"),
            (r"^\u00df$", "ß"),
            (r"\u{1F600}", "\U0001f600"),
        ):
            self.assertTrue(compiled(pattern).search(text), pattern)
        self.assertFalse(compiled("^b").search("ab"))

    def test_unsupported(self) -> None:
        """What the engine does not know is refused before anything is asked, by name."""
        for pattern in ("(?=a)b", r"(a)\1", "a{1,2000}", "("):
            schema = {"properties": {"a": {"anyOf": [{"pattern": pattern}]}}}
            self.assertRaises(Unusable, check_patterns, schema)
            asked = Invocation(model="m", messages=(), output=Output(kind="json_schema", schema=schema))
            error = self.assertRaises(BadRequest, JSONPlan, asked, True)
            self.assertEqual("response_format", error.param)
            self.assertIn(repr(pattern), error.message)

    def test_found(self) -> None:
        """At every depth."""
        schema = {"$defs": {"x": {"pattern": "1"}}, "allOf": [{"patternProperties": {"2": {"pattern": "3"}}}]}
        self.assertEqual({"1", "2", "3"}, {*patterns_in(schema)})

    def test_further(self) -> None:
        """Properties that no pattern and no name allows are judged as before."""
        schema = {
            "properties": {"a": {}},
            "patternProperties": {"^x": {}},
            "additionalProperties": {"type": "string"},
        }
        bare('{"a": 1, "x1": 2, "b": "c"}', schema)
        self.assertRaises(NotThat, bare, '{"b": 1}', schema)
