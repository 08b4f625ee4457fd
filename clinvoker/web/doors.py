"""
What differs from door to door in answers that no dialect makes: errors of unknown routes, of keys, of
whatever is wrong before there is a dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from clinvoker.dialects import anthropic_errors, mcp_http, native_errors, openai_errors
from clinvoker.errors import ClinvokerError
from clinvoker.web.status import ANTHROPIC, status_of


@attrs.frozen(kw_only=True)
class Door:
    """
    All routes whose path begins with `path`.  `error_body` makes the body that tells an error to
    the request of a name; `statuses` go before the common ones.
    """

    path: bytes
    error_body: Callable[[ClinvokerError, str], bytes]
    statuses: Mapping[type[ClinvokerError], int] = attrs.field(factory=dict)
    error_type: bytes = b"application/json"
    id_header: bytes = b""  # another than `x-request-id`, for the same
    own_limits: bool = False  # headers of its own tell what is left too


ANYWHERE = Door(path=b"", error_body=lambda error, _: openai_errors.error_body(error))

DOORS = (
    Door(
        path=b"/anthropic",
        error_body=anthropic_errors.error_body,
        statuses=ANTHROPIC,
        id_header=b"request-id",
        own_limits=True,
    ),
    Door(
        path=b"/api/v1",
        error_body=lambda error, _: native_errors.problem(error, int(status_of(error))),
        error_type=native_errors.CONTENT_TYPE,
    ),
    Door(path=b"/mcp", error_body=mcp_http.error_body),
)


def door_of(path: bytes) -> Door:
    """The door of a path."""
    return next((door for door in DOORS if path == door.path or path.startswith(door.path + b"/")), ANYWHERE)
