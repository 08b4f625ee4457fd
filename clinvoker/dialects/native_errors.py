"""
Errors of the native API: problem details as RFC 9457 has them.

The message of every error is `detail`, its word `code`; `errors` says which field is to blame, if one is.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from clinvoker import errors
from clinvoker.dialects.bodies import QUERY
from clinvoker.dialects.surrogates import mended

CONTENT_TYPE = b"application/problem+json"


class Blame(msgspec.Struct, frozen=True):
    """What is wrong with one field; `location` is such as `body.tasks[0].prompt` or `query.limit`."""

    message: str
    location: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    An error.  Of a failed prompt it tells what is told of every prompt too: `exit_code`, and `error` for
    the sentence that `detail` is.  A missing or wrong key has the word `unauthorized` there.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[Blame, ...] = ()
    error: str = ""
    message: str = ""
    backend: str = ""
    exit_code: int | msgspec.UnsetType = msgspec.UNSET
    duration_ms: int | msgspec.UnsetType = msgspec.UNSET
    output: str = ""
    session_id: str = ""


def problem(error: errors.ClinvokerError, status: int, more: Mapping[str, object] = {}) -> bytes:
    """The body; `more` are fields of a `Problem` besides."""
    detail = mended(error.message)
    blame: tuple[Blame, ...] = ()
    if isinstance(error, errors.BadRequest) and error.param:
        blame = (Blame(detail, _location(error.param)),)
    if isinstance(error, errors.Unauthorized):
        more = {**more, "error": "unauthorized", "message": detail}
    return msgspec.json.encode(
        Problem(
            type=f"urn:clinvoker:error:{error.code}",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            code=error.code,
            errors=blame,
            **more,  # type: ignore[arg-type]
        )
    )


def _location(param: str) -> str:
    # What is a field here is called so by runs, after the other dialects.
    where = param.removeprefix("clinvoker.")
    return where if param.startswith(QUERY) else f"body.{where}"
