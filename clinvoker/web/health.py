"""
How the daemon is, for people and for what watches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal

import msgspec

from clinvoker.model import BackendHealth

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
