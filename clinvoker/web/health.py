"""
How the daemon is, for people and for what watches it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Literal

import msgspec
from msgspec.structs import asdict, replace
from twisted.internet.interfaces import IReactorTime

from clinvoker.dialects.described import ALWAYS, PROBLEM, UNLOCKED, Content, Errors, Operation
from clinvoker.dialects.native_errors import Problem
from clinvoker.dialects.native_results import milliseconds
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.dialects.times import spoken
from clinvoker.interfaces import IRuns
from clinvoker.model import BackendHealth, Load
from clinvoker.stores import IStore
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

Status = Literal["ok", "degraded", "unhealthy"]


class BackendReport(BackendHealth, frozen=True, kw_only=True):
    """How one backend is; `available` is whether its program was found and may be used."""

    available: bool


class StoreReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether what is to be kept can be kept at the moment."""

    available: bool
    error: str = ""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `/health`.  `uptime` is for people: 1h2m3s."""

    status: Status
    version: str
    uptime: str
    uptime_ms: int
    uptime_seconds: float
    load: Load
    backends: Sequence[BackendReport]
    session_store: StoreReport


class Life(msgspec.Struct, frozen=True):
    """The body of `/health/live`."""

    live: bool = True


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `/health/ready`; `reasons` are sentences."""

    ready: bool
    reasons: Sequence[str] = ()


def reports(backends: Sequence[BackendHealth]) -> tuple[BackendReport, ...]:
    """How each backend is, in their order."""
    return tuple(BackendReport(**asdict(backend), available=backend.installed) for backend in backends)


def overall(backends: Sequence[BackendHealth], trouble: str = "") -> Status:
    """
    `unhealthy` if no backend can be used, `degraded` if one that is there fails or nothing can be kept,
    else `ok`.

    A program that is not installed degrades nothing: hardly anybody has all of them.
    """
    states = {backend.state for backend in backends}
    if not states & {"ready", "untried"}:
        return "unhealthy"
    return "degraded" if "failing" in states or trouble else "ok"


def unready(load: Load, backends: Sequence[BackendHealth], trouble: str) -> Iterator[str]:
    """
    Why a request could not be answered now, in sentences.

    A backend that fails counts until its circuit opens, and from when it may be tried: without requests no
    start would ever show that it works again.
    """
    if load.draining:
        yield "It is shutting down."
    usable = (each.installed and each.agents.circuit != "open" for each in backends)
    if not any(usable):
        yield "No backend can be used."
    if trouble:
        yield trouble


def http_status(status: Status) -> HTTPStatus:
    """503 tells a load balancer to look elsewhere; a degraded daemon still answers."""
    return HTTPStatus.SERVICE_UNAVAILABLE if status == "unhealthy" else HTTPStatus.OK


HEALTH = Operation(
    name="getHealth",
    summary="How the daemon and each backend are.",
    tag="Health",
    answers={200: (Content(Health),), 503: (Content(Health),)},
    errors=Errors(Content(ErrorBody), UNLOCKED),
    open=True,
)

NATIVE_HEALTH = replace(
    HEALTH, name="getNativeHealth", errors=Errors(Content(Problem, PROBLEM), ALWAYS), open=False
)


LIVE = Operation(
    name="getLive",
    summary="That the daemon runs.",
    tag="Health",
    answers={200: (Content(Life),)},
    errors=HEALTH.errors,
    open=True,
)
READY = Operation(
    name="getReady",
    summary="Whether the daemon can answer; why not, if not.",
    tag="Health",
    answers={200: (Content(Readiness),), 503: (Content(Readiness),)},
    errors=HEALTH.errors,
    open=True,
)


class HealthRoutes:
    """Health, under two names, and what orchestrators ask for."""

    def __init__(self, runs: IRuns, store: IStore, settings: WebSettings, clock: IReactorTime) -> None:
        self._runs = runs
        self._store = store
        self._settings = settings
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (
            Route("GET", "/health", self.health, HEALTH),
            Route("GET", "/api/v1/health", self.health, NATIVE_HEALTH),
            Route("GET", "/health/live", self.live, LIVE),
            Route("GET", "/health/ready", self.ready, READY),
        )

    def live(self, request: ApiRequest) -> bytes:
        """That it answers at all is the answer."""
        return request.json_answer(msgspec.json.encode(Life()))

    def ready(self, request: ApiRequest) -> bytes:
        """Whether a request could be answered."""
        reasons = [*unready(self._runs.load(), self._runs.health(), self._store.trouble)]
        if reasons:
            request.setResponseCode(HTTPStatus.SERVICE_UNAVAILABLE)
        return request.json_answer(msgspec.json.encode(Readiness(ready=not reasons, reasons=reasons)))

    def health(self, request: ApiRequest) -> bytes:
        """How the daemon and each backend are."""
        backends = self._runs.health()
        trouble = self._store.trouble
        status = overall(backends, trouble)
        request.setResponseCode(http_status(status))
        seconds = self._clock.seconds() - self._settings.began
        report = Health(
            status=status,
            version=self._settings.version,
            uptime=spoken(seconds),
            uptime_ms=milliseconds(seconds),
            uptime_seconds=round(seconds, 3),
            load=self._runs.load(),
            backends=reports(backends),
            session_store=StoreReport(available=not trouble, error=trouble),
        )
        return request.json_answer(msgspec.json.encode(report))
