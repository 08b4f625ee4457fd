"""Tests for errors and models in Anthropic's format."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.dialects.anthropic_errors import error_body, error_type
from clinvoker.dialects.anthropic_models import model_body, models_body, read_query
from clinvoker.model import Model

MODELS = [Model(f"m{number}", "claude") for number in range(5)]


class ErrorTests(SynchronousTestCase):
    """W116: the body of an error."""

    def test_body(self) -> None:
        """F045: type, message, our word for programs, and the request's name."""
        expected = {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "No \ufffd.",
                "details": {"error_code": "invalid_request"},
            },
            "request_id": "req-1",
        }
        self.assertEqual(json.loads(error_body(errors.BadRequest("No \ud83d."), "req-1")), expected)
        self.assertIsNone(json.loads(error_body(errors.BadRequest("No.")))["request_id"])

    def test_types(self) -> None:
        """Each kind of error in Anthropic's word."""
        words = {
            "invalid_request_error": (errors.BadRequest, errors.UnsupportedParameter, errors.ContextOverflow),
            "authentication_error": (errors.Unauthorized,),
            "permission_error": (errors.Forbidden, errors.BackendForbidden),
            "not_found_error": (errors.NotFound, errors.UnknownModel),
            "request_too_large": (errors.BodyTooLarge,),
            "rate_limit_error": (errors.RateLimited, errors.QuotaExhausted),
            "overloaded_error": (errors.Busy, errors.Draining, errors.ProviderOverloaded),
            "timeout_error": (errors.TimedOut,),
            "api_error": (errors.ClinvokerError, errors.RunError, errors.NotLoggedIn, errors.AgentDied),
        }
        for word, kinds in words.items():
            self.assertEqual({error_type(kind) for kind in kinds}, {word})

    def test_threads(self) -> None:
        """By the word for an unknown thread the SDKs know that they must send everything."""
        error = errors.UnsupportedParameter("'thread' is not supported.", "thread")
        details = json.loads(error_body(error))["error"]["details"]
        self.assertEqual(details, {"error_code": "thread_unsupported_request"})

    def test_too_long(self) -> None:
        """By its words Claude Code knows that the conversation is too long."""
        self.assertIn(
            "prompt is too long", json.loads(error_body(errors.ContextOverflow()))["error"]["message"]
        )


class ModelTests(SynchronousTestCase):
    """F046: the list of models, in pages."""

    def page(self, **query: str) -> tuple[list[str], bool, str | None, str | None]:
        page = json.loads(models_body(MODELS, read_query(query)))
        ids = [model["id"] for model in page["data"]]
        return ids, page["has_more"], page["first_id"], page["last_id"]

    def test_model(self) -> None:
        """What a model says of itself; when it came out is not known."""
        expected = {
            "type": "model",
            "id": "m0",
            "display_name": "m0",
            "created_at": "1970-01-01T00:00:00Z",
            "lifecycle": "active",
        }
        self.assertEqual(json.loads(model_body(MODELS[0])), expected)

    def test_pages(self) -> None:
        """A page behind a model, one before it, the first."""
        self.assertEqual(self.page(), (["m0", "m1", "m2", "m3", "m4"], False, "m0", "m4"))
        self.assertEqual(self.page(limit="2"), (["m0", "m1"], True, "m0", "m1"))
        self.assertEqual(self.page(limit="2", after_id="m1"), (["m2", "m3"], True, "m2", "m3"))
        self.assertEqual(self.page(limit="2", after_id="m2"), (["m3", "m4"], False, "m3", "m4"))
        self.assertEqual(self.page(after_id="m4"), ([], False, None, None))
        self.assertEqual(self.page(limit="2", before_id="m4"), (["m2", "m3"], True, "m2", "m3"))
        self.assertEqual(self.page(limit="2", before_id="m2"), (["m0", "m1"], False, "m0", "m1"))

    def test_wrong(self) -> None:
        """Limits that are none, models that are not there, both directions at once."""
        for limit in ("0", "1001", "x", "-1", "1.5", "9" * 5000):
            self.assertEqual(self.assertRaises(errors.BadRequest, self.page, limit=limit).param, "limit")
        for name in ("after_id", "before_id"):
            self.assertEqual(self.assertRaises(errors.BadRequest, self.page, **{name: "x"}).param, name)
        both = self.assertRaises(errors.BadRequest, self.page, after_id="m1", before_id="m2")
        self.assertEqual(both.param, "before_id")
