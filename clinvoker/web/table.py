"""
The table of routes: each with what it does, and what it takes and gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import attrs
from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

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
    admin: bool = False  # served by the admin listener alone, where there is one

    @property
    def entry(self) -> Entry:
        """The route as the document needs it."""
        return self.method, self.path, self.operation


@attrs.frozen(eq=False)
class Served:
    """What a router calls: answers by the names of operations, and `failed` for every error of theirs."""

    answers: Mapping[str, Callable[..., Any]]
    failed: Callable[[IRequest, Failure], bytes]


def routed(routes: Iterable[Route], failed: Callable[[IRequest, Failure], bytes]) -> Klein:
    """A router for these."""
    routes = [*routes]
    served = Served({route.operation.name: route.answer for route in routes}, failed)
    rules = tuple((route.method, route.path, route.operation.name) for route in routes)
    return _router(rules).__get__(served, Served)


@cache
def _router(rules: tuple[tuple[str, str, str], ...]) -> Klein:
    """A router that looks up answers where it is bound: to make it takes a millisecond for each rule."""
    router = Klein()
    # Clients do not follow redirects of a POST: a slash too many is forgiven instead.
    router.url_map.strict_slashes = False
    router.url_map.merge_slashes = False
    for method, path, name in rules:
        router.route(path, methods=[method], endpoint=name)(_looked_up(name))
    router.handle_errors(Exception)(lambda served, request, failure: served.failed(request, failure))
    return router


def _looked_up(name: str) -> Callable[..., Any]:
    def answer(served: Served, request: IRequest, **parts: str) -> Any:
        return served.answers[name](request, **parts)

    return answer
