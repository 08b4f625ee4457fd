"""
How the daemon is, for people and for what watches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal

import msgspec
from twisted.internet.interfaces import IReactorTime

from clinvoker.dialects.described import Content, Errors, Operation
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.interfaces import IRuns
from clinvoker.model import BackendHealth
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

Status = Literal["ok", "degraded", "unhealthy"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `/health`."""

    status: Status
    version: str
    uptime_seconds: float
    backends: Sequence[BackendHealth]


def overall(backends: Sequence[BackendHealth]) -> Status:
    """
    `unhealthy` if no backend can be used, `degraded` if one that is there fails, else `ok`.

    A program that is not installed degrades nothing: hardly anybody has all of them.
    """
    states = {backend.state for backend in backends}
    if not states & {"ready", "untried"}:
        return "unhealthy"
    return "degraded" if "failing" in states else "ok"


def http_status(status: Status) -> HTTPStatus:
    """503 tells a load balancer to look elsewhere; a degraded daemon still answers."""
    return HTTPStatus.SERVICE_UNAVAILABLE if status == "unhealthy" else HTTPStatus.OK


HEALTH = Operation(
    name="getHealth",
    summary="How the daemon and each backend are.",
    tag="Health",
    answers={200: (Content(Health),), 503: (Content(Health),)},
    errors=Errors(Content(ErrorBody), (403, 500)),
    open=True,
)


class HealthRoutes:
    """Health, under two names."""

    def __init__(self, runs: IRuns, settings: WebSettings, clock: IReactorTime) -> None:
        self._runs = runs
        self._settings = settings
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (Route("GET", "/health", self.health, HEALTH),)

    def health(self, request: ApiRequest) -> bytes:
        """How the daemon and each backend are."""
        backends = self._runs.health()
        status = overall(backends)
        request.setResponseCode(http_status(status))
        report = Health(
            status=status,
            version=self._settings.version,
            uptime_seconds=round(self._clock.seconds() - self._settings.started_at, 3),
            backends=backends,
        )
        return request.json_answer(msgspec.json.encode(report))
