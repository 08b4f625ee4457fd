"""Keys, and what is whose: nobody gets at another's, and no key gets anywhere."""

from __future__ import annotations

import json
import re
import resource
import statistics
import time
from typing import Any, ClassVar

from clinvoker.keys import locks_of
from tests.real.raw import JSON, PATH, fetch, question
from tests.real.test_web_pages import DemoTestCase

KEYS = ("the-key-of-ada-which-is-long", "the-key-of-ben-which-is-long")
CHANGE = b'{"prompt": "x", "items": [], "metadata": {}}'
ADA, BEN = ({**JSON, "X-Api-Key": key} for key in KEYS)


class CoreTests(DemoTestCase):
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": ",".join(KEYS)}
    shared = False

    def setUp(self) -> None:
        limits = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, limits)
        super().setUp()

    def test_core(self) -> None:
        """Core dumps are off, for the daemon and for every process that it starts."""
        self.assertEqual(200, fetch(self.daemon.port, "POST", PATH, ADA, question("demo", "x")).status)
        started = self.daemon.children()
        self.assertTrue(started)
        for pid in (self.daemon.process.pid, *started):
            self.assertEqual((0, 0), resource.prlimit(pid, resource.RLIMIT_CORE), pid)


class OthersTests(DemoTestCase):
    """What one key made does not exist for another, at any door."""

    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": ",".join(KEYS)}

    def made(self, path: str, asked: Any, field: str = "id") -> str:
        """The id of what Ada makes."""
        answer = fetch(self.daemon.port, "POST", path, ADA, json.dumps(asked).encode())
        self.assertEqual(200, answer.status, answer.body)
        return str(json.loads(answer.body)[field])

    def holes(self) -> list[tuple[str, str]]:
        """Every route with something that varies in its path: method and path."""
        document = json.loads(fetch(self.daemon.port, "GET", "/openapi.json").body)
        return [
            (method.upper(), path)
            for path, methods in document["paths"].items()
            for method in methods
            if "{" in path
        ]

    def test_every_route(self) -> None:
        """Each route that takes an id knows none of another key's; a route that is new is tried too."""
        session = self.made("/api/v1/prompt", {"backend": "demo", "prompt": "canary"}, "session_id")
        response = self.made("/openai/v1/responses", {"model": "demo", "input": "canary"})
        conversation = self.made("/openai/v1/conversations", {"items": []})
        tried = 0
        for method, path in self.holes():
            if "schemas" in path or "models" in path:
                continue
            for identity in (session, session[:8], response, conversation):
                place = re.sub(r"\{[^}]*\}", identity, path)
                body = None if method in ("GET", "DELETE") else CHANGE
                answer = fetch(self.daemon.port, method, place, BEN, body)
                self.assertIn(answer.status, (400, 404), (method, place, answer.body[:200]))
                self.assertNotIn(b"canary", answer.body)
                tried += 1
        self.assertLess(40, tried)
        listed = fetch(self.daemon.port, "GET", "/api/v1/sessions", BEN).body
        self.assertNotIn(session.encode(), listed)
        own = fetch(self.daemon.port, "GET", f"/api/v1/sessions/{session}", ADA)
        self.assertEqual(200, own.status, "and nothing of it was changed or deleted")
        self.assertEqual(200, fetch(self.daemon.port, "GET", f"/openai/v1/responses/{response}", ADA).status)

    def test_continued(self) -> None:
        """Nor can it be gone on with by what a request names in its body."""
        response = self.made("/openai/v1/responses", {"model": "demo", "input": "canary"})
        conversation = self.made("/openai/v1/conversations", {"items": []})
        for more in ({"previous_response_id": response}, {"conversation": conversation}):
            body = json.dumps({"model": "demo", "input": "x", **more}).encode()
            answer = fetch(self.daemon.port, "POST", "/openai/v1/responses", BEN, body)
            self.assertIn(answer.status, (400, 404), more)
            self.assertNotIn(b"canary", answer.body)


class TimingTests(DemoTestCase):
    """How long it takes to look a key up tells nothing of the keys that there are."""

    def test_timing(self) -> None:
        """A wrong key that begins as a right one takes as long as any: medians of many, by turns."""
        locks = locks_of([(f"name-{number}", f"{KEYS[0]}-{number:04}") for number in range(200)])
        near, far = f"{KEYS[0]}-000x".encode(), b"z" * len(f"{KEYS[0]}-0000")
        best = 1.0
        for _ in range(5):  # the machine has other things to do too
            times: dict[bytes, list[int]] = {near: [], far: []}
            for turn in range(20_000):
                key = (near, far)[turn % 2]
                begun = time.perf_counter_ns()
                locks.name(key)
                times[key].append(time.perf_counter_ns() - begun)
            one, other = (statistics.median(found) for found in times.values())
            best = min(best, abs(one - other) / max(one, other))
        self.assertLess(best, 0.05)
