"""What the program says of failures becomes the house's errors."""

from __future__ import annotations

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.failures import ending, failure
from clinvoker.backends.codex.words import TurnError, TurnNote
from clinvoker.errors import (
    AnswerCut,
    BackendForbidden,
    ClinvokerError,
    ContentRefused,
    ContextOverflow,
    NotLoggedIn,
    ProviderFailed,
    ProviderOverloaded,
    ProviderRefused,
    ProviderUnreachable,
    QuotaExhausted,
    RateLimited,
    UnknownModel,
)
from tests.backends.codex.playing import capture

# The provider's failures in the order of captures/codex/app-errors-noretry.ndjson.
OBSERVED: tuple[type[ClinvokerError], ...] = (
    ProviderRefused,  # 400
    ContextOverflow,
    NotLoggedIn,  # 401
    RateLimited,  # 429
    RateLimited,  # with a retry-after, which is not told
    QuotaExhausted,
    ProviderFailed,  # 500
    ProviderOverloaded,  # 503
    AnswerCut,  # connection lost
    AnswerCut,  # no response.completed
    AnswerCut,  # garbage
    RateLimited,  # response.failed: rate_limit_exceeded
    ProviderOverloaded,  # response.failed: server_is_overloaded
    ProviderFailed,  # response.failed: invalid_prompt
    ProviderUnreachable,  # connection refused
)


def _observed() -> list[TurnError]:
    notes = [
        msgspec.convert(line.msg["params"], TurnNote)
        for line in capture("app-errors-noretry")
        if line.dir == "in" and line.msg.get("method") == "turn/completed"
    ]
    return [note.turn.error for note in notes if note.turn.error]


def _of(info: object, message: str = "") -> ClinvokerError:
    return failure(TurnError(message=message, codex_error_info=info), "gpt-x")


def _status(status: int | None, word: str = "httpConnectionFailed") -> type[ClinvokerError]:
    return type(_of({word: {"httpStatusCode": status}}, f"unexpected status {status}"))


class FailureTests(SynchronousTestCase):
    """Errors of a turn."""

    def test_observed(self) -> None:
        """Every failure of the capture has its class."""
        errors = [error for error in _observed() if ending(error) is None]
        self.assertEqual(list(OBSERVED), [type(failure(error, "gpt-x")) for error in errors])

    def test_statuses(self) -> None:
        """A status of the provider tells who can act."""
        expected: dict[int | None, type[ClinvokerError]] = {
            400: ProviderRefused,
            401: NotLoggedIn,
            403: BackendForbidden,
            404: UnknownModel,
            408: ProviderFailed,
            413: ProviderRefused,
            429: RateLimited,
            502: ProviderFailed,
            503: ProviderOverloaded,
            529: ProviderOverloaded,
            None: ProviderUnreachable,
        }
        self.assertEqual(expected, {status: _status(status) for status in expected})

    def test_broken_stream(self) -> None:
        """A stream that was lost without a status is an answer cut short."""
        self.assertIs(AnswerCut, _status(None, "responseStreamDisconnected"))

    def test_words(self) -> None:
        """Words that come without a status."""
        expected: dict[str, type[ClinvokerError]] = {
            "modelNotFound": UnknownModel,
            "cyberPolicy": ContentRefused,
            "unauthorized": NotLoggedIn,
            "badRequest": ProviderRefused,
            "sessionBudgetExceeded": QuotaExhausted,
            "wordOfTomorrow": ProviderFailed,
        }
        self.assertEqual(expected, {word: type(_of(word, "no")) for word in expected})

    def test_model_of_a_body(self) -> None:
        """A 400 about the model is told as such."""
        self.assertIsInstance(_of("other", '{"error":{"code":"model_not_found"}}'), UnknownModel)

    def test_body(self) -> None:
        """Of a provider's error body only its message is passed on."""
        self.assertIn("too blue", _of("other", '{"error":{"message":"too blue","code":null}}').message)
        self.assertIn("not for you", _of("other", '{"detail":"not for you"}').message)
        self.assertNotIn("{", _of("other", '{"error":{"message":"too blue"}}').message)

    def test_no_address(self) -> None:
        """The address of the provider is nobody's business."""
        message = "unexpected status 401 Unauthorized: no, url: http://10.0.0.1/v1/responses"
        self.assertNotIn("10.0.0.1", _of({"httpConnectionFailed": {"httpStatusCode": 401}}, message).message)

    def test_no_pages(self) -> None:
        """A page of HTML in place of a message is not passed on whole."""
        self.assertLess(len(_of("other", "x" * 100_000).message), 1000)

    def test_missing_key(self) -> None:
        """A key that the configuration names and the environment lacks is a missing login."""
        self.assertIsInstance(_of("other", "Missing environment variable: `KEY`."), NotLoggedIn)

    def test_strange_info(self) -> None:
        """Whatever is in the place of the word, there is an error."""
        strange: list[object] = [None, 7, [], {}, {"a": 1, "b": 2}, {"httpConnectionFailed": None}]
        for info in strange:
            self.assertIsInstance(_of(info, "no"), ClinvokerError)


class EndingTests(SynchronousTestCase):
    """Failures that are endings."""

    def test_reasons(self) -> None:
        """Bound and filter end an answer; whatever else does is a failure."""
        said = "Incomplete response returned, reason: "
        self.assertEqual("length", ending(TurnError(message=said + "max_output_tokens")))
        self.assertEqual("content_filter", ending(TurnError(message=f"cut: {said}content_filter")))
        self.assertIsNone(ending(TurnError(message=said + "tomorrow")))
        self.assertIsNone(ending(TurnError(message="max_output_tokens")))
