"""What is measured, while it happens."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from openai import APIError
from prometheus_client.parser import text_string_to_metric_families

from tests.real.children import wait_for
from tests.real.raw import JSON, PATH, fetch, question
from tests.real.test_web_pages import DemoTestCase

KEY = "a-key-of-more-than-sixteen-letters"
KEYED = {**JSON, "X-Api-Key": KEY}


class Off(DemoTestCase):
    def test_off(self) -> None:
        """F108: nothing is measured unless that is configured."""
        self.assertEqual(404, fetch(self.daemon.port, "GET", "/metrics").status)


class Measured(DemoTestCase):
    shared = False
    settings: ClassVar[dict[str, Any]] = {
        "server": {"metrics_enabled": True, "max_body_bytes": 100_000},
        "limits": {"request_secs": 3},
        "prices": {"demo": {"output": 1000}},
    }
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": f"{KEY}"}

    def values(self) -> dict[tuple[str, ...], float]:
        answer = fetch(self.daemon.port, "GET", "/metrics", {"Authorization": f"Bearer {KEY}"})
        self.assertEqual(200, answer.status)
        return {
            (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
            for family in text_string_to_metric_families(answer.body.decode())
            for sample in family.samples
        }

    def post(self, body: bytes, headers: dict[str, str] = KEYED) -> int:  # type: ignore[override]
        return fetch(self.daemon.port, "POST", PATH, headers, body).status

    def late_stream(self) -> None:
        """One that does not come to its end in time."""
        said = [{"role": "user", "content": "demo: words=3 pause_ms=2000"}]
        client = self.daemon.client(api_key=KEY)
        with self.assertRaises(APIError):
            list(client.chat.completions.create(model="demo", messages=said, stream=True))

    def test_adds_up(self) -> None:
        """F108, F109, F110: each request and run is counted once, whatever became of it."""
        good = question("demo", "demo: words=3")
        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(lambda _: self.post(good), range(100)))
        self.assertEqual({200}, {*statuses})
        self.assertEqual(413, self.post(question("demo", "x" * 200_000)))
        self.assertEqual(401, self.post(good, JSON))
        self.assertEqual(404, self.post(question("nobody", "x")))
        self.assertEqual(504, self.post(question("demo", "demo: words=2 pause_ms=30000")))
        created = fetch(
            self.daemon.port, "POST", "/api/v1/prompt", KEYED, b'{"backend": "demo", "prompt": "hello"}'
        )
        session = json.loads(created.body)["session_id"]
        for name in (session, "none"):
            fetch(self.daemon.port, "GET", f"/api/v1/sessions/{name}", KEYED)
        self.late_stream()
        wait_for(lambda: self.values()["clinvk_runs_running",] == 0, 5, "all is over")
        values = self.values()
        statuses_of = {
            key[3]: value
            for key, value in values.items()
            if key[:3] == ("clinvk_requests_total", "POST", PATH)
        }
        self.assertEqual({"200": 101, "413": 1, "401": 1, "404": 1, "504": 1}, statuses_of)
        self.assertEqual(1, values["clinvk_requests_total", "GET", "/api/v1/sessions/:id", "200"])
        self.assertEqual(1, values["clinvk_requests_total", "GET", "/api/v1/sessions/:id", "404"])
        outcomes = {
            key[2]: value for key, value in values.items() if value and key[0] == "clinvk_outcomes_total"
        }
        self.assertEqual({"done": 101, "timeout": 2, "model_not_found": 1}, outcomes)
        self.assertEqual(101, values["clinvk_backend_executions_total", "demo", "success"])
        self.assertEqual(1, values["clinvk_sessions_created_total",])
        self.assertLess(
            0, sum(value for key, value in values.items() if key[0] == "clinvk_cost_dollars_total")
        )
        unnamed = fetch(self.daemon.port, "GET", "/metrics").body
        self.assertEqual((True, False), (b"clinvk_requests_total{" in unnamed, b"key=" in unnamed))

    def test_left(self) -> None:
        """A client that leaves is one too."""
        stream = self.daemon.client(api_key=KEY).chat.completions.create(
            model="demo", messages=[{"role": "user", "content": "demo: words=99 pause_ms=50"}], stream=True
        )
        next(iter(stream))
        self.assertEqual(1, self.values()["clinvk_runs_running",])
        stream.close()
        wait_for(
            lambda: self.values().get(("clinvk_outcomes_total", "demo", "left")) == 1, 5, "it is counted"
        )


class Readiness(DemoTestCase):
    settings: ClassVar[dict[str, Any]] = {"server": {"drain_secs": 20}}
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": KEY}
    shared = False

    def test_ready(self) -> None:
        """Ready until it is told to end; alive until it has."""
        for path in ("/health/live", "/health/ready"):
            self.assertEqual(200, fetch(self.daemon.port, "GET", path).status)
        stream = self.daemon.client(api_key=KEY).chat.completions.create(
            model="demo", messages=[{"role": "user", "content": "demo: words=30 pause_ms=50"}], stream=True
        )
        next(iter(stream))
        self.daemon.signal()
        wait_for(lambda: fetch(self.daemon.port, "GET", "/health/ready").status == 503, 5, "it is not ready")
        answer = fetch(self.daemon.port, "GET", "/health/ready")
        self.assertEqual(["It is shutting down."], json.loads(answer.body)["reasons"])
        self.assertEqual(200, fetch(self.daemon.port, "GET", "/health/live").status)
