"""What is asked for when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from clinvoker.model import BackendHealth, Load

STATES = ("starting", "blank", "idle", "busy", "holding", "ending")


class Now(Collector):
    """`sessions` gives how many have a prompt under way, and how many were made since the daemon started."""

    def __init__(
        self,
        load: Callable[[], Load],
        health: Callable[[], Sequence[BackendHealth]],
        sessions: Callable[[], tuple[int, int]],
    ) -> None:
        self._load = load
        self._health = health
        self._sessions = sessions

    def collect(self) -> Iterator[Metric]:
        """All of it, as it is now."""
        active, created = self._sessions()
        yield GaugeMetricFamily("clinvk_active_sessions", "Sessions with a prompt under way.", active)
        yield CounterMetricFamily("clinvk_sessions_created", "Sessions that were made.", created)
        load = self._load()
        yield GaugeMetricFamily("clinvk_runs_running", "Runs that have a place.", load.running)
        yield GaugeMetricFamily("clinvk_runs_waiting", "Runs that wait for a place.", load.waiting)
        yield GaugeMetricFamily("clinvk_runs_places", "How many may have one.", load.places)
        yield from self._agents()

    def _agents(self) -> Iterator[Metric]:
        agents = GaugeMetricFamily(
            "clinvk_agents", "Processes, by what they do.", labels=["backend", "state"]
        )
        up = GaugeMetricFamily("clinvk_backend_up", "Whether a backend can be used.", labels=["backend"])
        installed = GaugeMetricFamily(
            "clinvk_backend_installed", "Whether its program was found.", labels=["backend"]
        )
        memory = GaugeMetricFamily(
            "clinvk_agents_memory_bytes", "What processes take, when last looked at.", labels=["backend"]
        )
        totals = {
            name: CounterMetricFamily(f"clinvk_agents_{name}", told, labels=["backend"])
            for name, told in (
                ("started", "Processes that were started."),
                ("crashed", "Processes that ended before they were ready."),
                ("retired", "Processes that were told to end."),
                ("reused", "Runs that a process carried out after its first."),
            )
        }
        for backend in self._health():
            census = backend.agents
            up.add_metric([backend.name], float(backend.state in ("ready", "untried")))
            installed.add_metric([backend.name], float(backend.installed))
            memory.add_metric([backend.name], census.memory)
            for state in STATES:
                agents.add_metric([backend.name, state], getattr(census, state))
            for name, family in totals.items():
                family.add_metric([backend.name], getattr(census, name))
        yield from (agents, up, installed, memory, *totals.values())
