"""
What becomes of a provider's failure, with the real programs: the status and code that the
client's own library makes an exception of, and a next request that works.
"""

from __future__ import annotations

from typing import Any, ClassVar

from openai import APIError, APIStatusError

from tests.real.daemon import free_port
from tests.real.rigs import OneProgram, RealTestCase, Rig, backends

# directives -> status and code
Expected = dict[str, tuple[int, str]]

COMMON: Expected = {
    "!error 400": (400, "provider_refused"),
    "!error 400\n!code overflow": (400, "context_length_exceeded"),
    "!error 401": (503, "backend_not_logged_in"),
    "!error 403": (403, "backend_forbidden"),
    "!error 404": (404, "model_not_found"),
    "!error 429": (429, "rate_limit_exceeded"),
    "!error 429 7": (429, "rate_limit_exceeded"),
    "!error 500": (502, "provider_error"),
    "!error 503": (503, "provider_overloaded"),
    "!error 529": (503, "provider_overloaded"),
    "!cut 0": (502, "answer_cut"),
    "!cut 2\n!long 5\n!slow 50": (502, "answer_cut"),
}


class FailureTests(OneProgram):
    """What holds for every program; subclasses name one and what is particular to it."""

    # The daemon's own new attempts are another test's matter.
    settings: ClassVar[dict[str, Any]] = {"limits": {"retries": 0}}
    expected: ClassVar[Expected]
    filtered: ClassVar[str]  # the API's word for "the filter stopped it"
    late: ClassVar[str]  # the API's word for an error in the stream

    def failure(self, text: str, **more: Any) -> tuple[int, str | None]:
        """Status and code of a request that must fail."""
        try:
            answer = self.ask(self.backend, text, **more)
        except APIStatusError as error:
            return error.status_code, error.code
        return 200, answer.choices[0].message.content if not more else None

    def test_whole(self) -> None:
        """Each failure has its status and code, and the following request succeeds."""
        expected = {**COMMON, **self.expected}
        got = {}
        for text in expected:
            got[text] = self.failure(text)
            self.assert_works(self.backend)
        self.assertEqual(got, expected)

    def test_before_the_first_byte(self) -> None:
        """A stream that fails before it has begun is a plain HTTP error too."""
        got = {text: self.failure(text, stream=True) for text in ("!error 429", "!error 500", "!cut 0")}
        expected = {**COMMON, **self.expected}
        self.assertEqual(got, {text: expected[text] for text in got})
        self.assert_works(self.backend)

    def test_in_the_middle(self) -> None:
        """A stream that fails later gives its text once, then an error, and no reason to stop."""
        got: list[str] = []
        reasons: list[str | None] = []
        with self.assertRaises(APIError) as caught:
            for chunk in self.stream(self.backend, "!cut 3\n!long 6\n!slow 100"):
                got.append(chunk.choices[0].delta.content or "")
                reasons.append(chunk.choices[0].finish_reason)
        self.assertEqual(("".join(got), set(reasons)), ("alpha bravo charlie", {None}))
        self.assertEqual(caught.exception.code, "answer_cut")
        self.assert_works(self.backend)

    def test_error_event_in_the_stream(self) -> None:
        """An error that the provider tells in the middle of its stream is not an answer."""
        with self.assertRaises(APIError):
            list(self.stream(self.backend, f"!late {self.late}\n!long 4\n!slow 50"))
        self.assert_works(self.backend)

    def test_malformed(self) -> None:
        """A provider that writes nonsense is a provider's failure."""
        status, _ = self.failure("!malformed")
        self.assertIn(status, (502, 503))
        self.assert_works(self.backend)

    def test_asked_once(self) -> None:
        """The program does not ask the provider again by itself."""
        self.provider.forget()
        self.failure("!error 500")
        self.failure("!cut 2\n!long 5")
        self.assertEqual(len(self.provider.entries()), 2)


class ClaudeFailures(FailureTests, RealTestCase):
    """Claude Code."""

    backend = "claude"
    expected: ClassVar[Expected] = {}
    late = "overloaded_error"

    def test_refusal(self) -> None:
        """A refusal is an answer that the filter ended."""
        answer = self.ask("claude", "!stop refusal\n!say I")
        self.assertEqual(answer.choices[0].finish_reason, "content_filter")
        self.assert_works("claude")


class CodexFailures(FailureTests, RealTestCase):
    """Codex CLI."""

    backend = "codex"
    expected: ClassVar[Expected] = {"!error 429\n!code insufficient_quota": (429, "insufficient_quota")}
    late = "server_is_overloaded"

    def test_content_filter(self) -> None:
        """An answer that the filter ended says so."""
        answer = self.ask("codex", "!stop content_filter\n!say I will")
        self.assertEqual(answer.choices[0].finish_reason, "content_filter")
        self.assert_works("codex")


class GeminiFailures(FailureTests, RealTestCase):
    """Gemini CLI."""

    backend = "gemini"
    expected: ClassVar[Expected] = {"!error 429\n!code insufficient_quota": (429, "insufficient_quota")}
    late = "503"

    def test_retry_after(self) -> None:
        """What the provider says of when to come back is passed on."""
        with self.assertRaises(APIStatusError) as caught:
            self.ask("gemini", "!error 429 7")
        self.assertEqual(caught.exception.response.headers["retry-after"], "7")


class Passing(RealTestCase):
    """Failures that pass, with the daemon's own new attempts."""

    def test_another_attempt(self) -> None:
        """A provider that fails once is asked again, and the client notices nothing."""
        for name in self.programs:
            answer = self.ask(name, f"!flaky 1 500\n!say there you are, {name}")
            self.assertEqual(answer.choices[0].message.content, f"there you are, {name}")

    def test_no_text_twice(self) -> None:
        """Once something was delivered, nobody asks again."""
        for name in self.programs:
            text = f"!cut 2\n!long 5\n!slow 100\n{name}"
            with self.assertRaises(APIError):
                list(self.stream(name, text))
            self.assertEqual(len(self.provider.asked(text)), 1)


class Unreachable(RealTestCase):
    """A provider that nobody can connect to."""

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """Point all programs to a port where nobody listens."""
        return backends(f"http://127.0.0.1:{free_port()}", cls.programs)

    def test_refused(self) -> None:
        """A refused connection is told as such, by every program, and soon."""
        got = {}
        for name in self.programs:
            with self.assertRaises(APIStatusError) as caught:
                self.ask(name, "hello")
            got[name] = (caught.exception.status_code, caught.exception.code)
        self.assertEqual(got, dict.fromkeys(self.programs, (502, "provider_unreachable")))
