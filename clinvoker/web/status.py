"""
Errors as HTTP tells them: the status and the headers.  What the body says is the dialect's.

`docs/errors.md` explains each to users; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from math import ceil
from types import MappingProxyType

from clinvoker import errors

# Read from the error's own class upwards; the root makes it total.
STATUS: Mapping[type[errors.ClinvokerError], HTTPStatus] = {
    errors.BadRequest: HTTPStatus.BAD_REQUEST,
    errors.UnknownModel: HTTPStatus.NOT_FOUND,
    errors.Unauthorized: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.SessionAmbiguous: HTTPStatus.CONFLICT,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.RequestLineTooLong: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnknownCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.ConfigInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ShareFull: HTTPStatus.TOO_MANY_REQUESTS,
    errors.StoreFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ProviderOverloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    # 401 and 403 of the provider are not the caller's: 401 would tell him that his own key is bad.
    errors.NotLoggedIn: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.BackendForbidden: HTTPStatus.FORBIDDEN,
    errors.BackendMissing: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.BackendUnusable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TimedOut: HTTPStatus.GATEWAY_TIMEOUT,
    errors.RunError: HTTPStatus.BAD_GATEWAY,
    errors.ClinvokerError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# Anthropic has a status of its own for what HTTP calls 503.
OVERLOADED = 529
ANTHROPIC: Mapping[type[errors.ClinvokerError], int] = {
    errors.Busy: OVERLOADED,
    errors.ProviderOverloaded: OVERLOADED,
}

# Past a minute openai-node ignores the header and comes back at once (seen with 7.57).
LONGEST_WAIT = 60.0

Header = tuple[bytes, bytes]


def status_of(
    error: errors.ClinvokerError, own: Mapping[type[errors.ClinvokerError], int] = MappingProxyType({})
) -> int:
    """The status of an answer that is only this error; what a door says of its `own` goes first."""
    known = {**STATUS, **own}
    return next(known[kind] for kind in type(error).__mro__ if kind in known)


def phrase_of(status: int) -> bytes:
    """What stands behind the status; Twisted does not know them all."""
    return b"Overloaded" if status == OVERLOADED else HTTPStatus(status).phrase.encode("ascii")


def headers_of(error: errors.ClinvokerError) -> Iterator[Header]:
    """The headers that such an answer has besides those of every answer."""
    if isinstance(error, errors.Unauthorized):
        yield b"www-authenticate", b"Bearer"
    if isinstance(error, errors.MethodNotAllowed):
        yield b"allow", ", ".join(error.allowed).encode("ascii")
    if isinstance(error, errors.Busy | errors.RateLimited) and error.retry_after is not None:
        yield from _wait(error.retry_after)
    if isinstance(error, errors.KeyQuotaExhausted):
        yield b"x-clinvoker-quota-reset", error.reset.encode("ascii")
    if not worth_retrying(error) and _retried_unasked(status_of(error)):
        yield b"x-should-retry", b"false"


def worth_retrying(error: errors.ClinvokerError) -> bool:
    """Whether the same request can succeed within a minute, as SDKs try by themselves."""
    if isinstance(error, errors.QuotaExhausted):
        return False
    if isinstance(error, errors.RateLimited):
        return error.retry_after is None or error.retry_after <= LONGEST_WAIT
    return error.transient


def _retried_unasked(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS


def _wait(seconds: float) -> Iterator[Header]:
    seconds = min(max(seconds, 0.001), LONGEST_WAIT)
    yield b"retry-after", b"%d" % ceil(seconds)
    yield b"retry-after-ms", b"%d" % ceil(seconds * 1000)
