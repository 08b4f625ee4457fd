"""
Everything that can be said to a client when there is no answer, by who can act.

Each class carries its facts as fields and makes one sentence of them.  `code` is the word
programs look at.  What the HTTP status is says `web`; what the body looks like says the dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import ClassVar


class ClinvokerError(Exception):
    """The root.  Its text is a sentence for the client: what was wrong and what to do."""

    code: ClassVar[str] = "internal_error"
    # Whether asking again, unchanged and a little later, can succeed.
    transient: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


# --- The caller can act: the request is wrong.


class BadRequest(ClinvokerError):
    """The request cannot be carried out as it stands; `param` names the field, if one is to blame."""

    code = "invalid_request"

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class UnsupportedParameter(BadRequest):
    """The field is known, but what it asks for is not offered."""

    code = "unsupported_parameter"


class UnknownModel(BadRequest):
    """No backend answers to this name."""

    code = "model_not_found"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        listed = ", ".join(known) or "none: no backend is available"
        super().__init__(f"The model {name!r} does not exist here. Known models: {listed}.", "model")


class ContextOverflow(BadRequest):
    """The conversation is longer than the model can take."""

    code = "context_length_exceeded"

    def __init__(self, said: str = "") -> None:
        super().__init__(
            "This conversation exceeds the model's maximum context length; shorten it."
            + (f" The provider said: {said}" if said else ""),
            "messages",
        )


class ContentRefused(BadRequest):
    """The provider's filter refused the prompt before there was an answer."""

    code = "content_filter"


class ProviderRefused(BadRequest):
    """The provider called the request invalid."""

    code = "provider_refused"


class Unauthorized(ClinvokerError):
    """The caller's own key is missing or wrong."""

    code = "invalid_api_key"


class Forbidden(ClinvokerError):
    """The caller may not do this: a foreign web page, a foreign host name."""

    code = "forbidden"


class NotFound(ClinvokerError):
    """There is no such route."""

    code = "not_found"


class MethodNotAllowed(ClinvokerError):
    """The route exists, for other methods."""

    code = "method_not_allowed"

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class UnsupportedMediaType(ClinvokerError):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"


class BodyTooLarge(ClinvokerError):
    """The body exceeds `server.max_body_bytes`."""

    code = "request_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body exceeds {limit} bytes; send less or raise server.max_body_bytes.")


# --- Waiting helps.


class Busy(ClinvokerError):
    """All places are taken; come back after `retry_after` seconds."""

    code = "overloaded"
    transient = True

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Draining(Busy):
    """The daemon is shutting down."""

    code = "shutting_down"

    def __init__(self) -> None:
        super().__init__("The daemon is shutting down; try again when it is back.", 5.0)


class BackendFailing(Busy):
    """The program ended again and again before it was ready, and is left alone for a while."""

    code = "backend_failing"

    def __init__(self, backend: str, said: str, retry_after: float = 1.0) -> None:
        super().__init__(
            f"{backend} failed to start several times and is tried again in {ceil(retry_after)} seconds. "
            f"The last time: {said} Try `clinvk doctor`.",
            retry_after,
        )


# --- The run was begun and failed.


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
    """The program is there but does not speak its session protocol: too old, or broken."""

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
