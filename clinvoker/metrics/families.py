"""What is counted as it happens."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram

from clinvoker.errors import RunError
from clinvoker.model import LEFT, WHOLE, Facts, Used

# As the earlier program had them: doubled from a millisecond, from a tenth of a second.
REQUEST_SECS = tuple(0.001 * 2**n for n in range(15))
RUN_SECS = tuple(0.1 * 2**n for n in range(12))
WAIT_SECS = (0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LATE_SECS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

# Clients may name any model of a program's, and owners make any number of keys.
MOST_LABELS = 100
OTHER = "other"


def _words(kind: type[RunError]) -> Iterator[str]:
    yield kind.code
    for narrower in kind.__subclasses__():
        yield from _words(narrower)


# How runs of a backend may end.
OUTCOMES = tuple(sorted({WHOLE, LEFT, *_words(RunError)}))


class Names:
    """The first so many names that are `real` as they are; every other is one."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def of(self, name: str, real: bool = True) -> str:
        """The label for a name."""
        if name not in self._known:
            if not real or len(self._known) >= MOST_LABELS:
                return OTHER
            self._known.add(name)
        return name


class Requests:
    """HTTP, and the reactor's pace."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._total = Counter(
            "clinvk_requests_total", "HTTP requests.", ["method", "path", "status"], registry=registry
        )
        self._secs = Histogram(
            "clinvk_request_duration_seconds",
            "From an HTTP request to the end of its answer.",
            ["method", "path"],
            buckets=REQUEST_SECS,
            registry=registry,
        )
        self._late = Histogram(
            "clinvk_reactor_delay_seconds",
            "How late the reactor does what it was to do.",
            buckets=LATE_SECS,
            registry=registry,
        )

    def count(self, method: str, path: str, status: int, secs: float) -> None:
        """One has ended."""
        method = method if method in ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS") else OTHER
        self._total.labels(method, path, str(status)).inc()
        self._secs.labels(method, path).observe(secs)

    def late(self, secs: float) -> None:
        """The reactor was so late."""
        self._late.observe(secs)


class Answers:
    """Runs: each choice, task and turn is one.  What names keys goes into `named`."""

    def __init__(self, registry: CollectorRegistry, named: CollectorRegistry) -> None:
        def histogram(name: str, told: str, labels: list[str], buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"clinvk_{name}_seconds", told, labels, buckets=buckets, registry=registry)

        def counter(
            name: str, told: str, labels: list[str], registry: CollectorRegistry = registry
        ) -> Counter:
            return Counter(f"clinvk_{name}_total", told, labels, registry=registry)

        both = ["backend", "model"]
        self._total = counter("backend_executions", "Runs, by how they ended.", ["backend", "status"])
        self._outcomes = counter("outcomes", "Runs, by the word for how they ended.", ["backend", "outcome"])
        self._run = histogram("backend_execution_duration", "Runs of each backend.", ["backend"], RUN_SECS)
        self._answer = histogram("answer", "From a run's begin to its end.", both, RUN_SECS)
        self._first = histogram("first_token", "From a run's begin to its first words.", both, WAIT_SECS)
        self._wait = histogram(
            "queue_wait", "From a run's begin until it had a place.", ["backend"], WAIT_SECS
        )
        self._retries = counter("retries", "Attempts after the first.", ["backend"])
        self._tokens = counter("tokens", "Tokens that programs told of.", ["key", "backend", "kind"], named)
        self._cost = counter("cost_dollars", "By the prices that are configured.", ["key", "backend"], named)
        self._models, self._keys = Names(), Names()

    def foresee(self, backend: str) -> None:
        """Its runs are told of from now on, if only that there were none: a first 1 is no increase."""
        for status in ("success", "error"):
            self._total.labels(backend, status)
        for outcome in OUTCOMES:
            self._outcomes.labels(backend, outcome)

    def count(self, facts: Facts) -> None:
        """One has ended."""
        # Invented names must not take the labels of those that answer: only words make a model real.
        answered = facts.outcome == WHOLE or facts.first > 0
        backend, model = facts.backend or "none", self._models.of(facts.model, real=answered)
        status = "success" if facts.outcome == WHOLE else "error"
        self._total.labels(backend, status).inc()
        self._outcomes.labels(backend, facts.outcome).inc()
        self._run.labels(backend).observe(facts.total)
        self._answer.labels(backend, model).observe(facts.total)
        if facts.first:
            self._first.labels(backend, model).observe(facts.first)
        if facts.attempts:
            self._wait.labels(backend).observe(facts.admitted)
            self._retries.labels(backend).inc(facts.attempts - 1)
        self._count_tokens(facts, backend)

    def used(self, used: Used) -> None:
        """An answer took this."""
        if used.cost:
            self._cost.labels(self._keys.of(used.principal), used.backend).inc(used.cost)

    def _count_tokens(self, facts: Facts, backend: str) -> None:
        usage, key = facts.usage, self._keys.of(facts.principal)
        if usage is None:
            return
        for kind in ("input", "cached", "output", "reasoning"):
            self._tokens.labels(key, backend, kind).inc(getattr(usage, kind))
