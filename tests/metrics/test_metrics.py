"""What Prometheus reads."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.metrics import Metrics
from clinvoker.metrics.families import MOST_LABELS
from clinvoker.model import BackendHealth, Census, Facts, Load, Usage, Used
from clinvoker.web.paths import Paths

ROOT = Path(__file__).parents[2]
ROUTES = ("/health", "/api/v1/sessions", "/api/v1/sessions/<name>", "/api/v1/sessions/<name>/export")
FACTS = Facts(
    request_id="r1",
    principal="ada",
    backend="claude",
    model="opus",
    outcome="done",
    usage=Usage(input=30, cached=10, output=5, reasoning=2),
    admitted=0.5,
    first=1.5,
    total=4.0,
    attempts=2,
)
BUSY = BackendHealth(
    name="claude", state="ready", agents=Census(busy=2, blank=1, started=5, crashed=1, reused=7, memory=1000)
)

BACKENDS = [
    BUSY,
    BackendHealth(name="codex", state="failing"),
    BackendHealth(name="gemini", state="missing"),
]


class MetricsCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.metrics = Metrics(
            Paths(ROUTES).of, lambda: Load(running=3, waiting=4, places=64), lambda: BACKENDS, lambda: (1, 9)
        )

    def values(self) -> dict[tuple[str, ...], float]:
        """By name and labels' values, in the order of their names."""
        return {
            (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
            for family in text_string_to_metric_families(self.metrics.text(named=True).decode())
            for sample in family.samples
        }

    def families(self) -> dict[str, set[str]]:
        """Those that there are, with the names of their labels."""
        self.metrics.request("GET", "/health", 200, 0.1)
        self.metrics.run_over(FACTS)
        self.metrics.used(Used(principal="a", backend="b", model="m", usage=Usage(), cost=1.0))
        found: dict[str, set[str]] = {}
        for family in text_string_to_metric_families(self.metrics.text(named=True).decode()):
            for sample in family.samples:
                name = family.name + ("_total" if family.type == "counter" else "")
                found.setdefault(name, set()).update({*sample.labels} - {"le"})
        return found

    def ours(self) -> dict[str, set[str]]:
        """Of these the daemon's own."""
        return {name: labels for name, labels in self.families().items() if name.startswith("clinvk_")}


class CountTests(MetricsCase):
    def test_requests(self) -> None:
        """By method, path and status, those that were refused too."""
        for status in (200, 200, 429, 413, 0):
            self.metrics.request("POST", "/api/v1/sessions/x", status, 0.5)
        self.metrics.request("BREW", "/pot", 404, 0.5)
        values = self.values()
        label = "/api/v1/sessions/:id"
        self.assertEqual(2, values["clinvk_requests_total", "POST", label, "200"])
        for status in ("429", "413", "0"):
            self.assertEqual(1, values["clinvk_requests_total", "POST", label, status])
        self.assertEqual(1, values["clinvk_requests_total", "other", "other", "404"])
        self.assertEqual(5, values["clinvk_request_duration_seconds_count", "POST", label])

    def test_runs(self) -> None:
        """By backend and how they ended; how long what took; what was used by whom."""
        self.metrics.run_over(FACTS)
        self.metrics.run_over(replace(FACTS, outcome="timeout", usage=None, first=0.0, attempts=1))
        self.metrics.run_over(replace(FACTS, outcome="model_not_found", usage=None, backend="", attempts=0))
        values = self.values()
        self.assertEqual(1, values["clinvk_backend_executions_total", "claude", "success"])
        self.assertEqual(1, values["clinvk_backend_executions_total", "claude", "error"])
        self.assertEqual(1, values["clinvk_outcomes_total", "claude", "timeout"])
        self.assertEqual(1, values["clinvk_outcomes_total", "none", "model_not_found"])
        self.assertEqual(8.0, values["clinvk_backend_execution_duration_seconds_sum", "claude"])
        self.assertEqual(1.5, values["clinvk_first_token_seconds_sum", "claude", "opus"])
        self.assertEqual(2, values["clinvk_queue_wait_seconds_count", "claude"])
        self.assertEqual(1, values["clinvk_retries_total", "claude"])
        kinds = {kind: values["clinvk_tokens_total", "claude", "ada", kind] for kind in ("input", "output")}
        self.assertEqual({"input": 30, "output": 5}, kinds)

    def test_cost(self) -> None:
        """By key."""
        used = Used(principal="ada", backend="claude", model="opus", usage=Usage(), cost=0.25)
        self.metrics.used(used)
        self.metrics.used(used)
        self.assertEqual(0.5, self.values()["clinvk_cost_dollars_total", "claude", "ada"])

    def test_bounded(self) -> None:
        """Clients cannot make labels without end."""
        for number in range(2 * MOST_LABELS):
            self.metrics.run_over(replace(FACTS, model=f"model-{number}", principal=f"key-{number}"))
        values = self.values()
        models = {key[2] for key in values if key[0] == "clinvk_answer_seconds_count"}
        self.assertEqual(MOST_LABELS + 1, len(models))
        self.assertEqual(MOST_LABELS, values["clinvk_answer_seconds_count", "claude", "other"])

    def test_invented(self) -> None:
        """Names that nobody answers to leave the labels to those that somebody does."""
        for number in range(2 * MOST_LABELS):
            invented = replace(FACTS, model=f"model-{number}", usage=None, first=0.0)
            self.metrics.run_over(replace(invented, outcome="model_not_found", backend="", attempts=0))
        self.metrics.run_over(FACTS)
        self.metrics.run_over(replace(FACTS, outcome="timeout", usage=None, first=0.0))
        values = self.values()
        self.assertEqual(2, values["clinvk_answer_seconds_count", "claude", "opus"])
        self.assertEqual(2 * MOST_LABELS, values["clinvk_answer_seconds_count", "none", "other"])

    def test_unnamed(self) -> None:
        """Who may not know of keys reads all that names none."""
        named = {family for family, labels in self.families().items() if "key" in labels}
        families = text_string_to_metric_families(self.metrics.text(named=False).decode())
        told = {family.name + ("_total" if family.type == "counter" else "") for family in families}
        self.assertEqual({"clinvk_tokens_total", "clinvk_cost_dollars_total"}, named)
        self.assertEqual({*self.families()} - named, told)

    def test_foreseen(self) -> None:
        """What an installed program has not done yet is 0 and not absent; of the others nothing is told."""
        values = self.values()
        self.assertEqual(0, values["clinvk_outcomes_total", "claude", "backend_not_logged_in"])
        self.assertEqual(0, values["clinvk_backend_executions_total", "claude", "error"])
        told = {key[1] for key in values if key[0] == "clinvk_outcomes_total"}
        self.assertEqual({"claude", "codex"}, told)

    def test_installed(self) -> None:
        """A program that is not there is no program that fails."""
        values = self.values()
        for name, state in (("claude", (1, 1)), ("codex", (0, 1)), ("gemini", (0, 0))):
            up, there = values["clinvk_backend_up", name], values["clinvk_backend_installed", name]
            self.assertEqual(state, (up, there), name)

    def test_left(self) -> None:
        """A model whose words came is one, though its client did not wait for all of them."""
        self.metrics.run_over(replace(FACTS, outcome="left", usage=None))
        self.assertEqual(1, self.values()["clinvk_first_token_seconds_count", "claude", "opus"])

    def test_now(self) -> None:
        """What is asked for when it is read."""
        self.metrics.late(0.02)
        values = self.values()
        for name, value in (
            (("clinvk_active_sessions",), 1),
            (("clinvk_sessions_created_total",), 9),
            (("clinvk_runs_running",), 3),
            (("clinvk_runs_waiting",), 4),
            (("clinvk_agents", "claude", "busy"), 2),
            (("clinvk_agents_started_total", "claude"), 5),
            (("clinvk_agents_reused_total", "claude"), 7),
            (("clinvk_backend_up", "claude"), 1),
            (("clinvk_reactor_delay_seconds_count",), 1),
        ):
            self.assertEqual(value, values[name], name)
        self.assertLess(0, values["process_open_fds",])


class DocumentTests(MetricsCase):
    def test_earlier(self) -> None:
        """F109: the six families of the earlier program, with its labels."""
        expected = {
            "clinvk_requests_total": {"method", "path", "status"},
            "clinvk_request_duration_seconds": {"method", "path"},
            "clinvk_backend_executions_total": {"backend", "status"},
            "clinvk_backend_execution_duration_seconds": {"backend"},
            "clinvk_active_sessions": set(),
            "clinvk_sessions_created_total": set(),
        }
        self.assertEqual(expected, {name: labels for name, labels in self.ours().items() if name in expected})

    def test_page(self) -> None:
        """docs/metrics.md has every family with its labels, and no other."""
        page = (ROOT / "docs/metrics.md").read_text("utf-8")
        rows = re.findall(r"^\| `(clinvk_\w+)` \|([^|]*)\|", page, re.MULTILINE)
        told = {name: {*re.findall(r"`(\w+)`", labels)} for name, labels in rows}
        self.assertEqual(self.ours(), told)
