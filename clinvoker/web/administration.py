"""
What concerns the daemon itself, for those who may.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from clinvoker.dialects.described import ALWAYS, Content, Errors, Operation
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.errors import NotFound
from clinvoker.settings import Reloaded
from clinvoker.web.auth import NOBODY
from clinvoker.web.native import TOLD
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

RELOAD = Operation(
    name="reload",
    summary="Read the configuration and the keys anew; all of it holds from now on, or nothing.",
    tag="Administration",
    answers={200: (Content(Reloaded),)},
    errors=Errors(TOLD, (*ALWAYS, 422, 503)),
)


METRICS = Operation(
    name="metrics",
    summary="What is measured, as Prometheus reads it.",
    tag="Administration",
    answers={200: (Content(None, "text/plain"),)},
    errors=Errors(Content(ErrorBody), (*ALWAYS, 404)),
)


class AdministrationRoutes:
    """For who runs the daemon."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (
            Route("POST", "/api/v1/reload", self.reload, RELOAD, admin=True),
            Route("GET", "/metrics", self.metrics, METRICS, admin=True),
        )

    def reload(self, request: ApiRequest) -> bytes:
        """Read the configuration anew."""
        self._settings.check_admin(request.principal)
        return request.json_answer(msgspec.json.encode(self._settings.reload()))

    def metrics(self, request: ApiRequest) -> bytes:
        """What is measured; for who sends no key where one is needed, what names none."""
        if self._settings.metrics is None:
            raise NotFound("Nothing is measured (server.metrics_enabled).")
        text = self._settings.metrics(request.principal != NOBODY)
        return request.answered(text, b"text/plain; version=0.0.4; charset=utf-8")
