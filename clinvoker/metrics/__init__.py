"""
What there is to measure, as Prometheus reads it.

Imported only where it is wanted: `prometheus_client` takes a tenth of the time that the daemon has to start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from clinvoker.metrics.families import Answers, Requests
from clinvoker.metrics.now import Now
from clinvoker.model import BackendHealth, Load

__all__ = ["Metrics"]


class Metrics:
    """
    Counts what it is told of, and asks for the rest when it is read.  `route_of` tells of each path by which
    of a bounded number of names it is counted.
    """

    def __init__(
        self,
        route_of: Callable[[str], str],
        load: Callable[[], Load],
        health: Callable[[], Sequence[BackendHealth]],
        sessions: Callable[[], tuple[int, int]],
    ) -> None:
        disable_created_metrics()  # a line more for each counter and histogram, that nothing reads
        self._registry = CollectorRegistry()
        self._route_of = route_of
        self._health = health
        self._requests = Requests(self._registry)
        self._named = CollectorRegistry()  # what names keys
        self._answers = Answers(self._registry, self._named)
        self.run_over = self._answers.count
        self.used = self._answers.used
        self._registry.register(Now(load, health, sessions))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def request(self, method: str, path: str, status: int, secs: float) -> None:
        """A request was answered, or its client left before (0)."""
        self._requests.count(method, self._route_of(path), status, secs)

    def late(self, secs: float) -> None:
        """The reactor did so much later what it was to do."""
        self._requests.late(secs)

    def text(self, named: bool) -> bytes:
        """All of it, in the text format; if not `named`, what names no keys."""
        for backend in self._health():
            if backend.installed:
                self._answers.foresee(backend.name)
        text = generate_latest(self._registry)
        return text + generate_latest(self._named) if named else text
