"""
The table of routes: each with what it does, and what it takes and gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs
from klein import Klein

from clinvoker.dialects.described import Operation
from clinvoker.dialects.openapi import Entry


@attrs.frozen
class Route:
    """
    One route.  `answer` is called with the request and the parts of the path that have names; it gives
    the body, or nothing when it has written it, at once or later.
    """

    method: str
    path: str  # as werkzeug has it: /api/v1/sessions/<name>
    answer: Callable[..., Any]
    operation: Operation

    @property
    def entry(self) -> Entry:
        """The route as the document needs it."""
        return self.method, self.path, self.operation


def routed(routes: Iterable[Route]) -> Klein:
    """A router for these."""
    router = Klein()
    # Clients do not follow redirects of a POST: a slash too many is forgiven instead.
    router.url_map.strict_slashes = False
    router.url_map.merge_slashes = False
    for route in routes:
        router.route(route.path, methods=[route.method], endpoint=route.operation.name)(route.answer)
    return router
