"""
What the Gemini CLI says of a failure, as one of ours.

The code of a JSON-RPC error is the provider's HTTP status, except that 404 and what happened to the
connection come as 500 with the reason in the text (captures/gemini/acp-gemini-chat-failures.ndjson).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus

from clinvoker.errors import (
    AgentGarbled,
    AnswerCut,
    BackendForbidden,
    ClinvokerError,
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

BACKEND = "gemini"
LOGIN = -32000  # the program's own code: no login, or one that does not work

_CURE = "run `gemini` once and log in, or set GEMINI_API_KEY"

_RETRY = re.compile(r"Suggested retry after ([\d.]+)s")
_RESET = re.compile(r"(?:reset|retry) (?:after|in) (?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?", re.IGNORECASE)
_QUOTA = re.compile(r"exhausted your (?:daily )?(?:quota|capacity)|quota (?:is )?exhausted", re.IGNORECASE)


def failure(code: int, said: str, model: str, known: Sequence[str]) -> ClinvokerError:
    """
    The error for the client; `model` is what was asked for, `known` the names to offer instead.
    """
    text = _text(said)
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited(text)
    for pattern, error in _BY_TEXT:
        if pattern.search(text):
            return error(text)
    if code == HTTPStatus.NOT_FOUND or _NO_MODEL.search(text):
        return UnknownModel(model, known)
    if code in _BY_CODE:
        return _BY_CODE[code](text)
    if code > HTTPStatus.INTERNAL_SERVER_ERROR:
        return _overloaded(text)
    if HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _refused(text)
    return AgentGarbled(f"{BACKEND} could not carry out the request: {text}", BACKEND)


def _text(said: str) -> str:
    """The sentence in it: some errors carry the provider's whole body."""
    try:
        return str(json.loads(said)["error"]["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return said.strip() or "no reason given"


def _limited(text: str) -> RateLimited:
    retry, reset = _RETRY.search(text), _RESET.search(text)
    after = None
    if retry:
        after = float(retry[1])
    elif reset and any(reset.groups()):
        after = sum(
            float(amount or 0) * unit for amount, unit in zip(reset.groups(), (3600, 60, 1), strict=True)
        )
    kind = QuotaExhausted if _QUOTA.search(text) else RateLimited
    return kind(f"The provider limits this account: {text}", BACKEND, after)


def not_logged_in(text: str) -> NotLoggedIn:
    """With what to do."""
    return NotLoggedIn(f"{BACKEND} is not logged in ({text}): {_CURE}.", BACKEND)


def _forbidden(text: str) -> ClinvokerError:
    return BackendForbidden(f"The provider forbids this to the account of {BACKEND}: {text}", BACKEND)


def _refused(text: str) -> ClinvokerError:
    return ProviderRefused(f"The provider refused the request: {text}")


def _overloaded(text: str) -> ClinvokerError:
    return ProviderOverloaded(f"The provider has too much to do: {text}", BACKEND)


def _failed(text: str) -> ClinvokerError:
    return ProviderFailed(f"The provider failed: {text}", BACKEND)


def _unreachable(text: str) -> ClinvokerError:
    return ProviderUnreachable(f"{BACKEND} cannot reach the provider: {text}", BACKEND)


def cut(text: str) -> AnswerCut:
    """The answer ended before its end."""
    return AnswerCut(f"The provider's answer ended in the middle: {text}", BACKEND)


_Error = Callable[[str], ClinvokerError]

_NO_MODEL = re.compile(
    r"(?:models?/|publisher model )\S+ (?:is|was) not found|Requested entity was not found",
    re.IGNORECASE,
)

# What the status hides.  Google answers 400 to a key that is none.
_BY_TEXT: tuple[tuple[re.Pattern[str], _Error], ...] = (
    (re.compile(r"API key not valid|API_KEY_INVALID|default credentials"), not_logged_in),
    (re.compile(r"token count .*exceeds|exceeds the maximum number of tokens"), ContextOverflow),
    (re.compile(r"fetch failed|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH"), _unreachable),
    (re.compile(r"\bterminated\b|ECONNRESET|socket hang up|[Pp]remature close"), cut),
)

_BY_CODE: dict[int, _Error] = {
    LOGIN: not_logged_in,
    HTTPStatus.UNAUTHORIZED: not_logged_in,
    HTTPStatus.FORBIDDEN: _forbidden,
    HTTPStatus.INTERNAL_SERVER_ERROR: _failed,
}
