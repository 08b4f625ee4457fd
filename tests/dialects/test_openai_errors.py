"""Tests for the bodies of errors."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.dialects.openai_errors import error_body, error_type
from tests.conformance.schemas import complaints

SAMPLES = (
    errors.ClinvokerError("m"),
    errors.BadRequest("m", "temperature"),
    errors.UnknownModel("gpt", ["claude"]),
    errors.ContextOverflow("200001 > 200000"),
    errors.Unauthorized("m"),
    errors.MethodNotAllowed("m", ["GET"]),
    errors.BodyTooLarge(9),
    errors.Draining(),
    errors.QuotaExhausted("m", "codex", 9.5),
    errors.NotLoggedIn("m", "claude"),
)


def error_of(error: errors.ClinvokerError) -> dict:
    return json.loads(error_body(error))["error"]


class ErrorBodyTests(SynchronousTestCase):
    def test_schema(self) -> None:
        """W75, W76: every error has its four keys and is one by OpenAI's schema."""
        for error in SAMPLES:
            self.assertEqual(complaints("ErrorResponse", json.loads(error_body(error))), [])
            self.assertEqual(list(error_of(error)), ["message", "type", "param", "code"])

    def test_param(self) -> None:
        """W75, W80: `param` names the field to blame, and is null where there is none."""
        self.assertEqual(error_of(errors.BadRequest("m", "messages[0].role"))["param"], "messages[0].role")
        self.assertIsNone(error_of(errors.BadRequest("m"))["param"])
        self.assertIsNone(error_of(errors.NotLoggedIn("m"))["param"])

    def test_codes(self) -> None:
        """W78, W79, W81: the words that programs look at."""
        codes = [error_of(SAMPLES[index])["code"] for index in (2, 3, 4, 8)]
        expected = ["model_not_found", "context_length_exceeded", "invalid_api_key", "insufficient_quota"]
        self.assertEqual(codes, expected)

    def test_words_of_the_overflow(self) -> None:
        """W81: litellm looks for the words themselves."""
        self.assertIn("maximum context length", error_of(errors.ContextOverflow())["message"])

    def test_types(self) -> None:
        """Each class has the type of its nearest ancestor: the caller's faults are not the server's."""
        expected = {
            errors.UnsupportedParameter: "invalid_request_error",
            errors.NotFound: "invalid_request_error",
            errors.Unauthorized: "authentication_error",
            errors.Forbidden: "permission_error",
            errors.RateLimited: "rate_limit_error",
            errors.QuotaExhausted: "insufficient_quota",
            errors.Draining: "server_error",
            errors.NotLoggedIn: "server_error",
        }
        self.assertEqual({kind: error_type(kind) for kind in expected}, expected)

    def test_any_message(self) -> None:
        """A provider's words may hold half a pair of surrogates."""
        self.assertEqual(error_of(errors.ProviderFailed("a\ud83d"))["message"], "a\ufffd")

    def test_of_the_dialect(self) -> None:
        """The dialect answers with this body."""
        self.assertEqual(OpenAIChat().error(SAMPLES[0]), error_body(SAMPLES[0]))
