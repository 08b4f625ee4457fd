"""
The programs there are, for clients of the native API.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clinvoker.dialects.described import ALWAYS, Content, Errors, Operation
from clinvoker.interfaces import IRuns
from clinvoker.web.health import BackendReport, reports
from clinvoker.web.native import TAG, TOLD
from clinvoker.web.request import ApiRequest
from clinvoker.web.table import Route


class BackendList(msgspec.Struct, frozen=True, kw_only=True):
    """In order of name."""

    backends: tuple[BackendReport, ...]


BACKENDS = Operation(
    name="listBackends",
    summary="The programs there are, and whether each can be used.",
    tag=TAG,
    answers={200: (Content(BackendList),)},
    errors=Errors(TOLD, ALWAYS),
)


class BackendRoutes:
    """One route."""

    def __init__(self, runs: IRuns) -> None:
        self._runs = runs

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (Route("GET", "/api/v1/backends", self.backends, BACKENDS),)

    def backends(self, request: ApiRequest) -> bytes:
        """All."""
        told = BackendList(backends=reports(self._runs.health()))
        return request.json_answer(msgspec.json.encode(told))
