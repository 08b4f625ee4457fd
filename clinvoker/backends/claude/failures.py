"""
What the program says went wrong, as the house's errors.

Observed with 2.1.330: captures/claude/chat-error-*.ndjson.  The provider's status decides where there is
one, then the program's own word.
"""

from __future__ import annotations

import math
from typing import TypeVar

from clinvoker.backends.claude.launch import BACKEND, MODELS
from clinvoker.backends.claude.words import Complaint
from clinvoker.errors import (
    AnswerCut,
    BackendForbidden,
    ClinvokerError,
    ContextOverflow,
    NotLoggedIn,
    OutputInvalid,
    ProviderFailed,
    ProviderOverloaded,
    ProviderRefused,
    ProviderUnreachable,
    QuotaExhausted,
    RateLimited,
    RunError,
    UnknownModel,
)

_DAY = 86400.0
_MAX_SAID = 500  # characters of the program's message that are passed on

_Kind = TypeVar("_Kind", bound=RunError)

_SENTENCES: dict[type[RunError], str] = {
    NotLoggedIn: "claude is not logged in, or its login was rejected; run `claude` on the daemon's machine"
    " and log in.",
    BackendForbidden: "The provider forbids this to claude's account.",
    RateLimited: "The provider limits how much claude's account may ask; try again later.",
    QuotaExhausted: "The quota of claude's account is used up.",
    ProviderOverloaded: "The provider is overloaded; try again later.",
    ProviderFailed: "The provider failed to answer claude.",
    # Said of a broken first event too: the program does not tell the two apart.
    ProviderUnreachable: "claude could not get an answer from the provider.",
    AnswerCut: "The provider's answer to claude broke off.",
}

_BY_STATUS: dict[int, type[RunError]] = {
    401: NotLoggedIn,
    402: QuotaExhausted,
    403: BackendForbidden,
    408: ProviderFailed,
    429: RateLimited,
    503: ProviderOverloaded,
    529: ProviderOverloaded,
}

_BY_WORD: dict[str, type[RunError]] = {
    "authentication_failed": NotLoggedIn,
    "oauth_org_not_allowed": BackendForbidden,
    "billing_error": QuotaExhausted,
    "rate_limit": RateLimited,
    "overloaded": ProviderOverloaded,
    "connection_failed": ProviderUnreachable,
}

# Without a status and with one of these words, there was no answer from the provider at all.
_SILENT = ("unknown", "connection_failed")
_TOO_LONG = ("prompt is too long", "exceed context limit", "input is too long")
_NOT_THAT = "failed to provide valid structured output"  # after five tries, each with what was wrong
_SPENT = ("credit balance is too low", "usage limit", "hit your limit", "spend limit")


def failure(said: Complaint, text: str, model: str, begun: bool) -> ClinvokerError:
    """
    The error of a turn.  `text` is the program's sentence, `model` what was asked for, and `begun`
    whether the provider had begun to answer.
    """
    status = said.api_error_status or said.error_status
    word = said.api_error or said.error or ""
    lower = text.lower()
    if status == 413 or any(words in lower for words in _TOO_LONG):
        return ContextOverflow(_short(text))
    if _NOT_THAT in lower:
        return OutputInvalid(f"The model's answer is not the JSON that was asked for: {_short(text)}")
    if word == "model_not_found":
        return UnknownModel(model or "default", MODELS)
    if any(words in lower for words in _SPENT):
        return _sentence(QuotaExhausted, text)
    if status is None:
        return _silent(word, text, begun)
    kind = _BY_STATUS.get(status, ProviderFailed if status >= 500 else None)
    if kind is None:
        return ProviderRefused(f"The provider refused the request: {_short(text)}")
    return _limited(said, text) if kind is RateLimited else _sentence(kind, text)


def retrying(said: Complaint, model: str, begun: bool) -> ClinvokerError:
    """The error that the program would answer by asking once more (`api_retry`)."""
    if said.error_status is None and said.error in _SILENT:
        return _sentence(AnswerCut if begun else ProviderUnreachable, "")
    return failure(said, "", model, begun)


def cut(why: str) -> AnswerCut:
    """The answer cannot go on."""
    return _sentence(AnswerCut, why)


def _silent(word: str, text: str, begun: bool) -> ClinvokerError:
    kind = _BY_WORD.get(word, ProviderFailed)
    if word == "invalid_request":
        return ProviderRefused(f"The provider refused the request: {_short(text)}")
    return _sentence(AnswerCut if begun and kind is ProviderUnreachable else kind, text)


def _limited(said: Complaint, text: str) -> RateLimited:
    """
    The wait that the provider asked for is told lengthened by up to a quarter, and only up to a
    minute; what is below a second is the program's own.
    """
    seconds = (said.retry_delay_ms or 0) / 1000
    error = _sentence(RateLimited, text)
    error.retry_after = float(math.ceil(seconds)) if 1 <= seconds < _DAY else None
    return error


def _sentence(kind: type[_Kind], text: str) -> _Kind:
    return kind(_SENTENCES[kind] + (f" claude says: {_short(text)}" if text else ""), BACKEND)


def _short(text: str) -> str:
    return text[:_MAX_SAID]
