"""
What the program says went wrong, as the house's errors.

Observed with 0.169.0 and retries off: captures/codex/app-errors-noretry.ndjson.  The program
tells no `retry-after`, and of a 500 only that there was one.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from clinvoker.backends.codex.catalogue import MODELS
from clinvoker.backends.codex.words import TurnError
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
    RunError,
    UnknownModel,
)
from clinvoker.model import FinishReason

BACKEND = "codex"
_MAX_SAID = 500  # characters of the program's message that are passed on

_Kind = TypeVar("_Kind", bound=RunError)

# An answer that ends early is a failure to the program, and an ending to the client.  Before the
# words there can be others: "stream disconnected before completion: Incomplete ... content_filter".
_INCOMPLETE = "Incomplete response returned, reason: "
_REASONS: dict[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}

_SENTENCES: dict[type[RunError], str] = {
    NotLoggedIn: "The provider does not accept codex's login; run `codex login` on the daemon's machine.",
    BackendForbidden: "The provider forbids this to codex's account.",
    RateLimited: "The provider limits how much codex's account may ask; try again later.",
    QuotaExhausted: "The quota of codex's account is used up.",
    ProviderOverloaded: "The provider is overloaded; try again later.",
    ProviderFailed: "The provider failed to answer codex.",
    ProviderUnreachable: "Codex cannot reach the provider.",
    AnswerCut: "The provider's answer to codex broke off.",
}

_BY_WORD: dict[str, type[RunError]] = {
    "rateLimitExceeded": RateLimited,
    "usageLimitExceeded": QuotaExhausted,
    "sessionBudgetExceeded": QuotaExhausted,
    "serverOverloaded": ProviderOverloaded,
    "flexUnavailable": ProviderOverloaded,
    "policyCapacityUnavailable": ProviderOverloaded,
    "internalServerError": ProviderFailed,
    "unauthorized": NotLoggedIn,
    "inferenceHookDenied": BackendForbidden,
}

_BY_STATUS: dict[int, type[RunError]] = {
    401: NotLoggedIn,
    403: BackendForbidden,
    408: ProviderFailed,
    429: RateLimited,
    503: ProviderOverloaded,
    529: ProviderOverloaded,
}

_BY_BEGINNING: tuple[tuple[str, type[RunError]], ...] = (
    ("stream disconnected before completion", AnswerCut),
    ("idle timeout waiting for", AnswerCut),
    ("workspace routing discovery failed", ProviderUnreachable),
    ("Missing environment variable", NotLoggedIn),
)


def ending(error: TurnError) -> FinishReason | None:
    """How the answer ended, if what the program calls a failure is an ending."""
    return _REASONS.get(error.message.partition(_INCOMPLETE)[2])


def failure(error: TurnError, model: str) -> ClinvokerError:
    """The error of a turn that failed; `model` is the one that was to answer."""
    info = error.codex_error_info
    if isinstance(info, str):
        return _by_word(info, error.message, model)
    if isinstance(info, dict) and len(info) == 1:
        ((word, details),) = info.items()
        status = details.get("httpStatusCode") if isinstance(details, dict) else None
        return _by_status(str(word), status, error.message, model)
    return _by_beginning(error.message, model)


def refusal(message: str) -> RunError:
    """The program itself refused the run, before there was a turn."""
    return RunError(f"Codex refused this conversation: {message}", BACKEND)


def cut(why: str) -> AnswerCut:
    """The answer cannot go on."""
    return _sentence(AnswerCut, why)


def _by_word(word: str, message: str, model: str) -> ClinvokerError:
    if word == "contextWindowExceeded":
        return ContextOverflow()
    if word == "modelNotFound":
        return _unknown(model)
    if word in ("cyberPolicy", "misalignmentPolicyViolation"):
        return ContentRefused(f"The provider refused this prompt: {message}", "messages")
    if word == "badRequest":
        return _refused(message, model)
    if word in _BY_WORD:
        return _sentence(_BY_WORD[word], message)
    return _by_beginning(message, model)


def _by_status(word: str, status: object, message: str, model: str) -> ClinvokerError:
    if not isinstance(status, int):
        return _sentence(AnswerCut if word == "responseStreamDisconnected" else ProviderUnreachable, message)
    if status == 404:
        return _unknown(model)
    if status in _BY_STATUS:
        return _sentence(_BY_STATUS[status], message)
    return _sentence(ProviderFailed, message) if status >= 500 else _refused(message, model)


def _by_beginning(message: str, model: str) -> ClinvokerError:
    for beginning, kind in _BY_BEGINNING:
        if message.startswith(beginning):
            return _sentence(kind, message)
    return _refused(message, model) if message.startswith("{") else _sentence(ProviderFailed, message)


class _Complaint(msgspec.Struct, frozen=True):
    message: str = ""
    code: object = None


class _Body(msgspec.Struct, frozen=True):
    error: _Complaint = _Complaint()
    detail: str = ""  # where codex's own service says it


def _refused(message: str, model: str) -> ClinvokerError:
    """A request the provider called wrong; its body, if it was one, is the message."""
    try:
        body = msgspec.json.decode(message, type=_Body)
    except msgspec.DecodeError:
        body = _Body()
    if body.error.code == "model_not_found":
        return _unknown(model)
    said = body.error.message or body.detail or _outer(message)
    return ProviderRefused(f"The provider refused the request: {said}")


def _unknown(model: str) -> UnknownModel:
    return UnknownModel(model, [known for known in MODELS if known != model])


def _sentence(kind: type[_Kind], message: str) -> _Kind:
    said = _outer(message)
    return kind(_SENTENCES[kind] + (f" Codex says: {said}" if said else ""), BACKEND)


def _outer(message: str) -> str:
    """The message without the address it was sent to, and not a whole page."""
    return message.partition(", url: ")[0].strip()[:_MAX_SAID]
