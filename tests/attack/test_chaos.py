"""
Everything at once: programs that die, hang and come back, clients that leave and lie, a configuration that is
read anew, a store that is locked.  Each request ends with an answer or an honest error; the books are right.

$CLINVOKER_TEST_CHAOS_SECS says how long; $CLINVOKER_TEST_SEED with which chance.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

from prometheus_client.parser import text_string_to_metric_families

from tests.real.children import wait_for
from tests.real.raw import JSON, PATH, fetch, question
from tests.real.test_web_pages import DemoTestCase

SECS = float(os.environ.get("CLINVOKER_TEST_CHAOS_SECS", "20"))
SEED = int(os.environ.get("CLINVOKER_TEST_SEED", "7"))
KEYS = tuple(f"key-number-{number}-of-the-test" for number in range(3))
# What an answer may be: whole, refused, or an error that says so.
HONEST = {200, 400, 413, 415, 422, 429, 502, 503, 504}


class ChaosTests(DemoTestCase):
    shared = False
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": ",".join(KEYS)}
    settings: ClassVar[dict[str, Any]] = {
        "server": {"metrics_enabled": True, "max_body_bytes": 100_000},
        "limits": {"request_secs": 6, "idle_output_secs": 3, "runs": 12, "queue": 12, "queue_secs": 3},
        "agents": {"pause_secs": 1},
    }

    def setUp(self) -> None:
        super().setUp()
        self.over = threading.Event()
        self.seen: Counter[int] = Counter()  # statuses of posts to `PATH` that were read to their end
        self.left = 0
        self.wrong: list[str] = []

    # --- the clients

    def ask(self, chance: random.Random) -> None:
        """One client, until it is over."""
        headers = {**JSON, "X-Api-Key": chance.choice(KEYS)}
        kinds = (self.whole, self.streamed, self.leave, self.nonsense, self.native)
        while not self.over.is_set():
            try:
                chance.choices(kinds, (4, 4, 2, 1, 2))[0](chance, headers)
            except Exception as error:
                self.wrong.append(f"{type(error).__name__}: {error}")

    def note(self, status: int, body: bytes) -> None:
        self.seen[status] += 1
        if status not in HONEST or (status != 200 and b'"message"' not in body):
            self.wrong.append(f"{status}: {body[:200]!r}")

    def said(self, chance: random.Random) -> str:
        return f"demo: words={chance.randrange(1, 60)} pause_ms={chance.choice((0, 2, 20))}"

    def whole(self, chance: random.Random, headers: dict[str, str]) -> None:
        answer = fetch(self.daemon.port, "POST", PATH, headers, question("demo", self.said(chance)))
        self.note(answer.status, answer.body)

    def streamed(self, chance: random.Random, headers: dict[str, str]) -> None:
        body = question("demo", self.said(chance), stream=True)
        answer = fetch(self.daemon.port, "POST", PATH, headers, body)
        self.note(answer.status, answer.body)
        if answer.status == 200 and not answer.body.endswith(b"[DONE]\n\n") and b'"error"' not in answer.body:
            self.wrong.append(f"a stream ended without a word: {answer.body[-200:]!r}")

    def leave(self, chance: random.Random, headers: dict[str, str]) -> None:
        """Somewhere in the middle, or having read nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=30)
        self.left += 1
        connection.request("POST", PATH, question("demo", self.said(chance), stream=True), headers)
        if chance.random() < 0.5:
            connection.getresponse().read(1)
        connection.close()

    def nonsense(self, chance: random.Random, headers: dict[str, str]) -> None:
        body = chance.choice((b"", b"{", b"[]", b"x" * 200_000, question("demo", "x", n=-1)))
        answer = fetch(self.daemon.port, "POST", PATH, headers, body)
        self.note(answer.status, answer.body)

    def native(self, chance: random.Random, headers: dict[str, str]) -> None:
        body = json.dumps({"backend": "demo", "prompt": self.said(chance)}).encode()
        answer = fetch(self.daemon.port, "POST", "/api/v1/prompt", headers, body)
        if answer.status not in HONEST:
            self.wrong.append(f"{answer.status}: {answer.body[:200]!r}")

    # --- the world

    def disturb(self, chance: random.Random) -> None:
        """What happens to the daemon meanwhile."""
        kinds = (self.kill, self.freeze, self.reload, self.lock)
        while not self.over.wait(chance.uniform(0.05, 0.5)):
            chance.choices(kinds, (4, 2, 2, 1))[0](chance)

    def program(self, chance: random.Random) -> int:
        """The process of a program, if there is one."""
        found = [pid for pid in self.daemon.children() if b"program.py" in command(pid)]
        return chance.choice(found) if found else 0

    def kill(self, chance: random.Random) -> None:
        if pid := self.program(chance):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, chance.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV)))

    def freeze(self, chance: random.Random) -> None:
        """It hears nothing for a while, perhaps for longer than anybody waits."""
        if pid := self.program(chance):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                self.over.wait(chance.uniform(0.1, 4))
                os.kill(pid, signal.SIGCONT)

    def reload(self, chance: random.Random) -> None:
        self.daemon.signal(signal.SIGHUP)

    def lock(self, chance: random.Random) -> None:
        """Another process holds the store."""
        with sqlite3.connect(self.daemon.folder / "home" / ".clinvk" / "state.db", timeout=5) as other:
            other.execute("BEGIN IMMEDIATE")
            self.over.wait(0.5)
            other.rollback()

    # --- the books

    def requests(self) -> dict[str, float]:
        """Posts to `PATH` by status, as the daemon counted them."""
        text = fetch(self.daemon.port, "GET", "/metrics", {"X-Api-Key": KEYS[0]}).body.decode()
        return {
            sample.labels["status"]: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "clinvk_requests_total" and sample.labels["path"] == PATH
        }

    def test_all_at_once(self) -> None:
        """Nothing hangs, nothing lies, nothing is left, and what was counted is what was asked."""
        chance = random.Random(SEED)
        first = {**JSON, "X-Api-Key": KEYS[0]}
        fetch(self.daemon.port, "POST", PATH, first, question("demo", "demo: words=1"))
        before = self.daemon.figures()
        world = threading.Thread(target=self.disturb, args=(random.Random(SEED + 1),))
        world.start()
        with ThreadPoolExecutor(10) as threads:
            clients = [threads.submit(self.ask, random.Random(chance.random())) for _ in range(10)]
            time.sleep(SECS)
            self.over.set()
            for client in clients:
                client.result(60)
        world.join(10)
        self.assertEqual([], self.wrong[:5])
        self.assertLess(50, self.seen[200])
        load = lambda: self.daemon.get("/health")[1]["load"]  # noqa: E731
        wait_for(lambda: load()["running"] == load()["waiting"] == 0, 15, "nothing is under way")
        counted = self.requests()
        for status, count in (self.seen + Counter({200: 1})).items():
            self.assertGreaterEqual(counted[str(status)], count, status)
        known = sum(self.seen.values()) + 1
        self.assertTrue(known <= sum(counted.values()) <= known + self.left, (counted, self.seen, self.left))
        after = self.daemon.figures()
        self.assertEqual(0, after["zombies"])
        self.assertLess(after["descriptors"] - before["descriptors"], 60)
        self.assertLess(after["resident"] - before["resident"], 60_000)
        self.assertNotIn("a bug was met", self.daemon.log())
        print(f"{known} answers and errors {dict(self.seen)}, {self.left} left; {before} -> {after}")
        answer = fetch(self.daemon.port, "POST", PATH, first, question("demo", "x"))
        self.assertEqual(200, answer.status)


def command(pid: int) -> bytes:
    """What a process was started with."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
