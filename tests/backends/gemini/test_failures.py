"""What the program says of failures, and what is made of it."""

from __future__ import annotations

import json
from typing import TypeVar

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini.failures import failure
from clinvoker.backends.gemini.outcome import outcome
from clinvoker.errors import (
    AgentGarbled,
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
from clinvoker.model import Finished, Usage
from tests.backends.gemini.playing import ended, lines

Kind = TypeVar("Kind", bound=ClinvokerError)

SAID: tuple[tuple[int, str, type[ClinvokerError]], ...] = (
    (400, "bad field", ProviderRefused),
    (400, "API key not valid. Please pass a valid API key.", NotLoggedIn),
    (400, "The input token count (9) exceeds the maximum number of tokens allowed (8).", ContextOverflow),
    (401, "who", NotLoggedIn),
    (403, "no", BackendForbidden),
    (404, "gone", UnknownModel),
    (500, "models/gemini-9 is not found for API version v1beta", UnknownModel),
    (500, "Requested entity was not found.", UnknownModel),
    (409, "conflict", ProviderRefused),
    (429, "slow down", RateLimited),
    (500, "internal", ProviderFailed),
    (500, "exception TypeError: fetch failed sending request", ProviderUnreachable),
    (500, "connect ECONNREFUSED 127.0.0.1:1", ProviderUnreachable),
    (500, "terminated", AnswerCut),
    (500, "Could not load the default credentials.", NotLoggedIn),
    (503, "busy", ProviderOverloaded),
    (529, "busy", ProviderOverloaded),
    (-32000, "Authentication required", NotLoggedIn),
    (-32602, "Session not found", AgentGarbled),
)


class FailureTests(SynchronousTestCase):
    """Errors of the protocol."""

    def kind(self, kind: type[Kind], code: int, said: str) -> Kind:
        """The error, which must be of this very kind."""
        error = failure(code, said, "gemini-9", ("gemini-1",))
        assert isinstance(error, kind)
        self.assertIs(type(error), kind)
        return error

    def test_table(self) -> None:
        """Each code and text has its error."""
        for code, said, kind in SAID:
            self.kind(kind, code, said)

    def test_body(self) -> None:
        """Where the whole body of the provider is quoted, its sentence is told."""
        error = self.kind(ProviderRefused, 400, json.dumps({"error": {"message": "no such field"}}))
        self.assertTrue(error.message.endswith("no such field"), error.message)

    def test_odd_bodies(self) -> None:
        """Texts that only look like a body are told as they are."""
        for said in ("{", "[]", "7", '{"error": 1}', ""):
            self.kind(ProviderFailed, 500, said)

    def test_model(self) -> None:
        """A model that is not there is named, with those that are."""
        error = self.kind(UnknownModel, 404, "gone")
        self.assertIn("gemini-9", error.message)
        self.assertIn("gemini-1", error.message)

    def test_retry_after(self) -> None:
        """The time to wait is read where it is told."""
        said = "slow down\nSuggested retry after 2.5s."
        self.assertEqual(self.kind(RateLimited, 429, said).retry_after, 2.5)
        self.assertIsNone(self.kind(RateLimited, 429, "slow down").retry_after)

    def test_quota(self) -> None:
        """A quota that is used up is told apart, with the time it comes back."""
        said = "You have exhausted your capacity on this model. Your quota will reset after 1h2m3s."
        self.assertEqual(self.kind(QuotaExhausted, 429, said).retry_after, 3723)
        self.kind(QuotaExhausted, 429, "You have exhausted your daily quota on this model.")

    def test_refused_connection(self) -> None:
        """What the program really said when nobody listened."""
        errors = [
            line["msg"]["error"]
            for line in lines("acp-gemini-error-refused")
            if "error" in line.get("msg", {})
        ]
        for error in errors:
            self.kind(ProviderUnreachable, error["code"], error["message"])
        self.assertEqual(len(errors), 1)


class OutcomeTests(SynchronousTestCase):
    """Ends that are no error of the protocol."""

    def test_stop(self) -> None:
        """An ordinary end has the counts."""
        self.assertEqual(outcome(ended(), True, False), Finished("stop", Usage(input=3, output=2)))

    def test_calls(self) -> None:
        """The limit of turns is reached by calls; without any, something was wrong with them."""
        calling = ended(reason="max_turn_requests")
        self.assertEqual(outcome(calling, False, True, 2), Finished("tool_calls", Usage(input=3, output=2)))
        self.assertIsInstance(outcome(calling, True, True), ProviderFailed)
        self.assertIsInstance(outcome(calling, True, True, 1, "no city"), ProviderFailed)

    def test_overflow(self) -> None:
        """A prompt that was never sent was too long."""
        self.assertIsInstance(outcome(ended((0, 0), "max_tokens"), False, True), ContextOverflow)

    def test_refusal(self) -> None:
        """The protocol's word for a refusal."""
        self.assertIsInstance(outcome(ended(reason="refusal"), False, True), ContentRefused)

    def test_silence(self) -> None:
        """An answer without any text is the provider's failure, never an empty success."""
        self.assertIsInstance(outcome(ended(), False, False), ProviderFailed)

    def test_no_counts(self) -> None:
        """An answer without counts was cut, if this provider counts; else nobody can tell."""
        self.assertIsInstance(outcome(ended((0, 0)), True, True), AnswerCut)
        self.assertEqual(outcome(ended((0, 0)), True, False), Finished("stop", Usage()))

    def test_stopped_by_itself(self) -> None:
        """A turn that nobody here gave up, or an end of an unknown kind, is a cut."""
        for reason in ("cancelled", "coffee"):
            self.assertIsInstance(outcome(ended(reason=reason), True, False), AnswerCut)
        self.assertIsInstance(outcome({}, True, False), AnswerCut)
