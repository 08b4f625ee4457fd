"""
Errors as OpenAI's SDKs read them: `{"error": {"message", "type", "param", "code"}}`.

All four keys are always there, `param` null where no field is to blame.  The same body serves
as a whole answer and as the last event of a stream.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clinvoker import errors
from clinvoker.dialects.surrogates import mended

# By the nearest class.  SDKs choose their exception by the status alone; `type` is for people.
TYPES: Mapping[type[errors.ClinvokerError], str] = {
    errors.ClinvokerError: "server_error",
    errors.BadRequest: "invalid_request_error",
    errors.Unauthorized: "authentication_error",
    errors.Forbidden: "permission_error",
    errors.NotFound: "invalid_request_error",
    errors.Conflict: "invalid_request_error",
    errors.MethodNotAllowed: "invalid_request_error",
    errors.UnsupportedMediaType: "invalid_request_error",
    errors.Malformed: "invalid_request_error",
    errors.ExpectationFailed: "invalid_request_error",
    errors.TooSlow: "invalid_request_error",
    errors.BodyTooLarge: "invalid_request_error",
    errors.ShareFull: "rate_limit_error",
    errors.RateLimited: "rate_limit_error",
    errors.QuotaExhausted: "insufficient_quota",
    errors.BackendForbidden: "permission_error",
}


class ErrorObject(msgspec.Struct, frozen=True):
    message: str
    type: str
    param: str | None
    code: str


class ErrorBody(msgspec.Struct, frozen=True):
    error: ErrorObject


def error_type(kind: type[errors.ClinvokerError]) -> str:
    """The `type` of errors of this class."""
    return next(TYPES[ancestor] for ancestor in kind.__mro__ if ancestor in TYPES)


def error_body(error: errors.ClinvokerError) -> bytes:
    """The JSON of the error; begins with `{"error":`, on which go-openai insists in streams."""
    param = error.param if isinstance(error, errors.BadRequest) else None
    told = ErrorObject(mended(error.message), error_type(type(error)), param, error.code)
    return msgspec.json.encode(ErrorBody(told))
