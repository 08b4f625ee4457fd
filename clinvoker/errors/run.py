"""
The run was begun and failed.
"""

from __future__ import annotations

from clinvoker.errors.root import ClinvokerError


class RunError(ClinvokerError):
    """A run failed.  `backend` names the program that was to carry it out."""

    code = "run_failed"

    def __init__(self, message: str, backend: str = "") -> None:
        super().__init__(message)
        self.backend = backend


class RateLimited(RunError):
    """The provider says the account asks too much; `retry_after` seconds where it told."""

    code = "rate_limit_exceeded"

    def __init__(self, message: str, backend: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, backend)
        self.retry_after = retry_after


class QuotaExhausted(RateLimited):
    """The account's quota is used up; waiting a moment does not help."""

    code = "insufficient_quota"


class ProviderOverloaded(RunError):
    """The provider has too much to do (503, 529)."""

    code = "provider_overloaded"
    transient = True


class ProviderFailed(RunError):
    """The provider answered with an error of its own (500), or with nonsense."""

    code = "provider_error"
    transient = True


class ProviderUnreachable(RunError):
    """No connection to the provider could be made."""

    code = "provider_unreachable"
    transient = True


class AnswerCut(RunError):
    """The provider's answer ended in the middle."""

    code = "answer_cut"
    transient = True


class NotLoggedIn(RunError):
    """The program's own login is missing or was rejected: the owner of the box must log in."""

    code = "backend_not_logged_in"


class BackendForbidden(RunError):
    """The provider forbids this to the program's account."""

    code = "backend_forbidden"


class BackendMissing(RunError):
    """The program is not installed, or not where the configuration says."""

    code = "backend_not_installed"


class BackendUnusable(RunError):
    """The program does not speak its session protocol: too old, or broken; or no process can be had."""

    code = "backend_unusable"


class AgentDied(RunError):
    """The process ended in the middle of the run."""

    code = "backend_died"
    transient = True


class AgentGarbled(RunError):
    """The process wrote something that is not its protocol."""

    code = "backend_garbled"


class TimedOut(RunError):
    """A time limit passed; the sentence names it and its setting."""

    code = "timeout"


class ClientTooSlow(RunError):
    """The client does not read; what waits for it exceeds the bound."""

    code = "client_too_slow"


class AnswerTooLong(RunError):
    """The answer exceeds `limits.answer_bytes`; a model that repeats itself does not stop."""

    code = "answer_too_long"


class OutputInvalid(RunError):
    """The model did not give the JSON that was asked for, though it was told what was wrong."""

    code = "output_invalid"


class ToolNotCalled(RunError):
    """The model called no tool, though it had to and was asked twice."""

    code = "tool_not_called"
