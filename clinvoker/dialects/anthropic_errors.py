"""
Errors as Anthropic's SDKs read them: `{"type": "error", "error": {"type", "message"}, "request_id"}`.

The same body serves as a whole answer and as the event `error` of a stream.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clinvoker import errors
from clinvoker.dialects.surrogates import mended

# By the nearest class.  SDKs choose their exception by the status; clients of streams by this.
TYPES: Mapping[type[errors.ClinvokerError], str] = {
    errors.ClinvokerError: "api_error",
    errors.BadRequest: "invalid_request_error",
    errors.UnknownModel: "not_found_error",
    errors.Unauthorized: "authentication_error",
    errors.Forbidden: "permission_error",
    errors.NotFound: "not_found_error",
    errors.MethodNotAllowed: "invalid_request_error",
    errors.UnsupportedMediaType: "invalid_request_error",
    errors.Malformed: "invalid_request_error",
    errors.ExpectationFailed: "invalid_request_error",
    errors.TooSlow: "invalid_request_error",
    errors.BodyTooLarge: "request_too_large",
    errors.Busy: "overloaded_error",
    errors.RateLimited: "rate_limit_error",
    errors.ProviderOverloaded: "overloaded_error",
    errors.BackendForbidden: "permission_error",
    errors.TimedOut: "timeout_error",
}

# By this word the SDKs' tool runner knows that it has to send the whole conversation.
_NO_THREADS = "thread_unsupported_request"

# By these words Claude Code knows that it has to shorten the conversation.
_TOO_LONG = "prompt is too long: "


class MessageErrorDetails(msgspec.Struct, frozen=True):
    error_code: str


class MessageErrorObject(msgspec.Struct, frozen=True):
    type: str
    message: str
    details: MessageErrorDetails


class MessageError(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    error: MessageErrorObject
    request_id: str | None


def error_type(kind: type[errors.ClinvokerError]) -> str:
    """The `type` of errors of this class."""
    return next(TYPES[ancestor] for ancestor in kind.__mro__ if ancestor in TYPES)


def error_body(error: errors.ClinvokerError, request_id: str = "") -> bytes:
    """The JSON of the error, which `request_id` met."""
    message = mended(error.message)
    if isinstance(error, errors.ContextOverflow):
        message = _TOO_LONG + message
    threads = isinstance(error, errors.UnsupportedParameter) and error.param == "thread"
    details = MessageErrorDetails(_NO_THREADS if threads else error.code)
    told = MessageErrorObject(error_type(type(error)), message, details)
    return msgspec.json.encode(MessageError(told, request_id or None))
