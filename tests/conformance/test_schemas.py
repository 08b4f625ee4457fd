"""Tests of the schemas themselves: that they can say no."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.conformance.schemas import complaints


class SchemaTests(SynchronousTestCase):
    def test_accepts_a_null_where_the_document_allows_it(self) -> None:
        """An error whose param and code are null is an error."""
        error = {"message": "m", "type": "t", "param": None, "code": None}
        self.assertEqual(complaints("ErrorResponse", {"error": error}), [])

    def test_names_what_is_missing(self) -> None:
        """A broken value gives a complaint with its place."""
        [complaint] = complaints("ErrorResponse", {"error": {"message": "m", "type": "t", "param": None}})
        self.assertEqual(complaint, "$.error: 'code' is a required property")
