"""Failures by who can act."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.backends.claude.failures import failure, retrying
from clinvoker.backends.claude.words import Complaint


def _kind(text: str = "", begun: bool = False, **said: object) -> type[errors.ClinvokerError]:
    return type(failure(Complaint(**said), text, "opus", begun))  # type: ignore[arg-type]


class FailureTests(SynchronousTestCase):
    """Errors of a result."""

    def test_statuses(self) -> None:
        """The provider's status decides."""
        kinds = {
            400: errors.ProviderRefused,
            401: errors.NotLoggedIn,
            402: errors.QuotaExhausted,
            403: errors.BackendForbidden,
            404: errors.ProviderRefused,
            408: errors.ProviderFailed,
            413: errors.ContextOverflow,
            422: errors.ProviderRefused,
            429: errors.RateLimited,
            500: errors.ProviderFailed,
            502: errors.ProviderFailed,
            503: errors.ProviderOverloaded,
            529: errors.ProviderOverloaded,
        }
        for status, kind in kinds.items():
            self.assertIs(kind, _kind(api_error_status=status, error="unknown"), status)

    def test_words(self) -> None:
        """Without a status, the program's own word decides."""
        kinds = {
            "authentication_failed": errors.NotLoggedIn,
            "billing_error": errors.QuotaExhausted,
            "rate_limit": errors.RateLimited,
            "invalid_request": errors.ProviderRefused,
            "model_not_found": errors.UnknownModel,
            "server_error": errors.ProviderFailed,
            "tomorrow": errors.ProviderFailed,
        }
        for word, kind in kinds.items():
            self.assertIs(kind, _kind(error=word), word)

    def test_sentences(self) -> None:
        """What only the sentence tells: a conversation that is too long, an account that is empty."""
        too_long = "API Error: 400 prompt is too long: 210000 tokens > 200000 maximum"
        self.assertIs(errors.ContextOverflow, _kind(too_long, api_error_status=400))
        spent = "Your credit balance is too low to access the Anthropic API."
        self.assertIs(errors.QuotaExhausted, _kind(spent, api_error_status=400))
        wrong = (
            "Failed to provide valid structured output after 5 attempts — last StructuredOutput error: ..."
        )
        self.assertIs(errors.OutputInvalid, _kind(wrong))
        self.assertIs(errors.QuotaExhausted, _kind("You've hit your limit · resets 3pm", error="rate_limit"))

    def test_connection(self) -> None:
        """A connection that is lost after the first word cuts the answer."""
        lost = {"error": "server_error", "api_error": "connection_failed"}
        self.assertIs(errors.ProviderUnreachable, _kind(**lost))
        self.assertIs(errors.AnswerCut, _kind(begun=True, **lost))

    def test_sentence(self) -> None:
        """The program's sentence is passed on, not at any length."""
        message = str(failure(Complaint(api_error_status=500), "x" * 10_000, "", False))
        self.assertIn("claude says: xxx", message)
        self.assertLess(len(message), 1000)


class RetryTests(SynchronousTestCase):
    """Errors that the program would cure by asking once more."""

    def test_waits(self) -> None:
        """Only what is more than the program's own pause was asked for by the provider."""
        for milliseconds, seconds in ((593, None), (1153, 2.0), (36875, 37.0), (None, None), (1e300, None)):
            error = retrying(Complaint(error_status=429, retry_delay_ms=milliseconds), "", False)
            assert isinstance(error, errors.RateLimited)
            self.assertEqual(seconds, error.retry_after)

    def test_no_status(self) -> None:
        """No answer at all, or one that broke off."""
        silent = Complaint(error="unknown")
        self.assertIsInstance(retrying(silent, "", False), errors.ProviderUnreachable)
        self.assertIsInstance(retrying(silent, "", True), errors.AnswerCut)
