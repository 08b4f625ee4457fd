"""
What a route takes and gives, as data: from this the OpenAPI document is made.

The types are those by which requests are checked and answers are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

JSON = "application/json"
PROBLEM = "application/problem+json"
LINES = "application/x-ndjson"
EVENTS = "text/event-stream"


class Content(msgspec.Struct, frozen=True):
    """
    A body: one value of `type`, or with `many` one in each line (`LINES`) or event (`EVENTS`).

    None as `type` is something of which no more is said; several types are alternatives.
    """

    type: Any
    media: str = JSON
    many: bool = False

    @property
    def types(self) -> tuple[Any, ...]:
        """The alternatives."""
        if self.type is None:
            return ()
        return self.type if isinstance(self.type, tuple) else (self.type,)


class Errors(msgspec.Struct, frozen=True):
    """The body of every error of a route, and the statuses that errors have there."""

    content: Content
    statuses: tuple[int, ...]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """
    One method of one route.

    `asks` is the type of the body.  A type may let fields be missing only to complain of it by itself:
    these are named by `required`.  `query` is a struct whose fields are parameters of the query.  `open`
    means that no key is needed.
    """

    name: str  # unique; clients that are made from the document call their functions so
    summary: str
    tag: str
    answers: Mapping[int, tuple[Content, ...]]
    errors: Errors | None = None
    asks: Any = None
    required: tuple[str, ...] = ()
    query: Any = None
    open: bool = False


# Any route that a key is needed for, headers that are wrong, too many requests, the daemon's own mistakes.
ALWAYS = (400, 401, 403, 417, 429, 500)
# The same where none is needed.
UNLOCKED = (400, 403, 417, 429, 500)
# What a body can be refused for: by what it is, how it comes, or because too many arrive.
OF_BODIES = (408, 413, 415, 503)
# What a run can fail with: `docs/errors.md`.
OF_RUNS = (404, 502, 503, 504)
