"""
The clock of the machine jumps while the daemon works: by hours, days, years, and back to 1970.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from tests.attack.rogue import installed
from tests.attack.shifting import DAY, HOUR, WHY_NONE, Clock
from tests.real.children import wait_for
from tests.real.raw import JSON, PATH, Answer, fetch, question
from tests.real.rigs import Rig
from tests.real.test_web_pages import DemoTestCase

PLAIN, BOUNDED = "a-key-without-any-bounds-at-all", "a-key-with-two-requests-each-day"
YEAR = 365 * DAY
LIMIT = 3.0
NATIVE, RESPONSES, MESSAGES = "/api/v1/prompt", "/openai/v1/responses", "/anthropic/v1/messages"


def jumps() -> list[int]:
    """Where the clock jumps, one after the other."""
    epoch = 5 - int(time.time())
    return [HOUR, -HOUR, DAY, -DAY, epoch, 0, 20 * YEAR, epoch, HOUR, 0]


class ClockTests(DemoTestCase):
    skip = WHY_NONE  # type: ignore[assignment]
    shared = False
    settings: ClassVar[dict[str, Any]] = {
        "server": {"metrics_enabled": True},
        "limits": {"first_output_secs": LIMIT, "idle_output_secs": LIMIT, "retries": 0},
    }
    clock: ClassVar[Clock]

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """A program that can hang too; the clock is the daemon's own and the programs'."""
        cls.clock = Clock(rig.folder)
        cls.environment = cls.clock.environment
        keys = rig.folder / "keys"
        keys.write_text(f"plain: {PLAIN}\nbounded: {BOUNDED} requests_per_day=2\n")
        keys.chmod(0o600)
        cls.settings["server"]["api_keys_file"] = str(keys)
        demo = {"program": installed(rig.folder), "environment": cls.clock.environment}
        return {**super().configured(rig), "demo": {"enabled": True, **demo}}

    def post(self, path: str, body: dict[str, Any], key: str = PLAIN) -> Answer:  # type: ignore[override]
        data = json.dumps(body).encode()
        return fetch(self.daemon.port, "POST", path, {**JSON, "X-Api-Key": key}, data)

    def get(self, path: str) -> Any:
        answer = fetch(self.daemon.port, "GET", path, {"X-Api-Key": PLAIN})
        self.assertEqual(200, answer.status, answer.body)
        return json.loads(answer.body)

    def chat(self, text: str, key: str = PLAIN, **more: Any) -> Answer:
        return self.post(PATH, json.loads(question("demo", text, **more)), key)

    def timed(self, path: str, body: dict[str, Any], key: str = PLAIN) -> tuple[int, float, bytes]:
        """Status, seconds and body."""
        begun = time.monotonic()
        answer = self.post(path, body, key)
        return answer.status, time.monotonic() - begun, answer.body

    def test_under_way(self) -> None:
        """What takes three seconds takes three, what hangs as long is timed out, wherever the clock is."""
        text, hung = "demo: words=30 pause_ms=100", "rogue: hang"
        said = [{"role": "user", "content": text}]
        asked: list[tuple[str, dict[str, Any]]] = [
            (PATH, {"model": "demo", "messages": said, "stream": True}),
            (PATH, {"model": "demo", "messages": said}),
            (MESSAGES, {"model": "demo", "messages": said, "max_tokens": 100, "stream": True}),
            (RESPONSES, {"model": "demo", "input": text, "stream": True}),
            (NATIVE, {"backend": "demo", "prompt": text}),
        ]
        background = json.loads(
            self.post(RESPONSES, {"model": "demo", "input": text, "background": True}).body
        )
        with ThreadPoolExecutor(len(asked) + 1) as threads:
            answers = [threads.submit(self.timed, *each) for each in asked]
            wait_for(lambda: self.daemon.get("/health")[1]["load"]["running"] > len(asked), 5, "all run")
            for seconds in jumps():
                self.clock.set(seconds)
                time.sleep(0.2)
            for status, secs, body in (each.result() for each in answers):
                self.assertEqual((200, True), (status, b"word30" in body), body)
                self.assertTrue(2.9 < secs < 8, secs)
            answer = threads.submit(self.timed, PATH, json.loads(question("demo", hung)), BOUNDED)
            for seconds in jumps():
                self.clock.set(seconds)
                time.sleep(0.2)
            status, secs, _ = answer.result()
            self.assertTrue(status == 504 and LIMIT - 0.1 < secs < LIMIT + 3, (status, secs))
        self.clock.set(0)
        self.assertEqual("completed", self.get(f"{RESPONSES}/{background['id']}")["status"])
        self.assert_well()

    def test_days(self) -> None:
        """Quotas by the day go by the clock of the wall: another day gives, the same day gives not again."""
        statuses = lambda times: [self.chat("demo: words=1", BOUNDED).status for _ in range(times)]  # noqa: E731
        self.assertEqual([200, 200, 429], statuses(3))
        self.clock.set(DAY)
        self.assertEqual([200, 200, 429], statuses(3))
        refused = self.chat("demo: words=1", BOUNDED)
        self.assertTrue(0 < int(refused.headers.get("retry-after", 1)) <= DAY, refused.headers)
        self.clock.set(0)
        self.assertEqual([429], statuses(1))
        self.clock.set(DAY)
        self.assertEqual([429], statuses(1))
        self.clock.set(-YEAR)
        self.assertEqual([200, 200, 429], statuses(3))
        self.clock.set(0)
        self.assertEqual([429], statuses(1))
        self.assert_well()

    def test_kept(self) -> None:
        """What was kept in one year goes on in another, and is listed in either."""
        sessions, responses = [], []
        for seconds in jumps():
            self.clock.set(seconds)
            answer = self.post(NATIVE, {"backend": "demo", "prompt": "demo: words=1"})
            sessions.append(json.loads(answer.body)["session_id"])
            body: dict[str, Any] = {"model": "demo", "input": "demo: words=1"}
            if responses:
                body["previous_response_id"] = responses[-1]
            responses.append(json.loads(self.post(RESPONSES, body).body)["id"])
            listed = self.get("/api/v1/sessions")["sessions"]
            self.assertEqual(sorted(sessions), sorted(session["id"] for session in listed))
        for session in sessions:
            resumed = self.post(f"/api/v1/sessions/{session}/resume", {"prompt": "demo: words=1"})
            self.assertEqual(200, resumed.status, resumed.body)
        self.assertEqual(3 * len(sessions), self.get("/api/v1/usage")["total"]["requests"])
        self.assert_well()

    def assert_well(self) -> None:
        """It answers, its numbers are sane, it met no bug, and it ends in order."""
        self.assertEqual(200, self.chat("demo: words=1").status)
        uptime = self.daemon.get("/health")[1]["uptime_seconds"]
        self.assertTrue(0 < uptime < 120, uptime)
        fetch(self.daemon.port, "GET", "/metrics", {"X-Api-Key": PLAIN})
        self.daemon.signal()
        self.assertEqual(0, self.daemon.exit_code(20))
        self.assertNotIn("Traceback", self.daemon.log())
