"""
Everything at once: programs that die, hang, go mad and come back, clients that leave and lie, a provider
that stalls, a configuration that is read anew, a store that is locked, a disk that is full, a clock that
jumps.  Each request ends with an answer or an honest error; the books are right.

$CLINVOKER_TEST_CHAOS_SECS says how long; $CLINVOKER_TEST_SEED with which chance.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from prometheus_client.parser import text_string_to_metric_families

from tests.attack.clients import Clients
from tests.attack.disks import SmallDisk, why_none
from tests.attack.rogue import installed
from tests.attack.shifting import WHY_NONE, Clock
from tests.attack.world import World
from tests.real.children import wait_for
from tests.real.raw import JSON, PATH, fetch, question
from tests.real.rigs import Rig, backends
from tests.real.test_web_pages import DemoTestCase

SECS = float(os.environ.get("CLINVOKER_TEST_CHAOS_SECS", "25"))
SEED = int(os.environ.get("CLINVOKER_TEST_SEED", "7"))
KEYS = tuple(f"key-number-{number}-of-the-test" for number in range(4))
CLIENTS = 16


class ChaosTests(DemoTestCase):
    shared = False
    environment: ClassVar[dict[str, str]] = {}
    settings: ClassVar[dict[str, Any]] = {}
    disk: ClassVar[SmallDisk | None] = None
    clock: ClassVar[Clock | None] = None

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """The demonstration gone bad, and codex where it is installed."""
        cls.clock = None if WHY_NONE else Clock(rig.folder)
        place = cls.disk.path if cls.disk else rig.folder
        clock = cls.clock.environment if cls.clock else {}
        cls.environment = {"CLINVK_API_KEYS": ",".join(KEYS), "TMPDIR": str(place), **clock}
        cls.settings = {
            "server": {"metrics_enabled": True, "max_body_bytes": 100_000},
            "session": {"store": str(place / "state.db"), "usage_days": 0},
            "limits": {
                "runs": 16,
                "queue": 16,
                "queue_secs": 3,
                "request_secs": 6,
                "ready_secs": 5,
                "first_output_secs": 3,
                "idle_output_secs": 3,
                "answer_bytes": 1_000_000,
            },
            "agents": {"pause_secs": 1},
        }
        demo = {"enabled": True, "program": installed(rig.folder), "environment": clock}
        configured = {**super().configured(rig), "demo": demo}
        if "codex" in cls.programs:
            configured["codex"] = backends(rig.provider.url, cls.programs)["codex"]
        return configured

    def setUp(self) -> None:
        # Room for what is kept of each second.
        type(self).disk = None if why_none() else SmallDisk(int((64 + SECS / 2) * 1024))
        if self.disk:
            self.disk.__enter__()
            self.addCleanup(self.disk.__exit__)
        super().setUp()
        codex = "codex" in self.programs
        self.clients = Clients(self.daemon.port, KEYS, codex, greedy=self.disk is not None)
        over = self.clients.over
        store = self.settings["session"]["store"]
        self.world = World(self.daemon, store, self.disk, self.clock, over)

    # --- the books

    def metrics(self) -> Counter[str]:
        """Posts to `PATH` by status, as the daemon counted them."""
        text = fetch(self.daemon.port, "GET", "/metrics", {"X-Api-Key": KEYS[0]}).body.decode()
        found: Counter[str] = Counter()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == "clinvk_requests_total" and sample.labels["path"] == PATH:
                    found[sample.labels["status"]] += int(sample.value)
        return found

    def used(self) -> int:
        """How many answers the store knows of."""
        answers = (fetch(self.daemon.port, "GET", "/api/v1/usage", {"X-Api-Key": key}) for key in KEYS)
        return sum(json.loads(answer.body)["total"]["requests"] for answer in answers)

    def assert_books(self) -> None:
        """What was counted is what was asked, and what was answered was kept."""
        clients, counted = self.clients, self.metrics()
        for status, count in clients.statuses.items():
            self.assertGreaterEqual(counted[str(status)], count, status)
        known = clients.statuses.total()
        self.assertTrue(known <= counted.total() <= known + clients.left, (counted, clients.statuses))
        answered, used = clients.told["answered"], self.used()
        self.assertTrue(answered <= used <= clients.told.total() + clients.left, (answered, used))
        print(f"counted {dict(counted)}, used {used}")

    # --- the rest

    def settle(self) -> dict[str, int]:
        """Wait until nothing is under way and every program is of use; what the daemon has then."""
        load = lambda: self.daemon.get("/health")[1]["load"]  # noqa: E731
        wait_for(lambda: load()["running"] == load()["waiting"] == 0, 15, "nothing is under way")
        wait_for(lambda: all(map(self.works, KEYS)), 20, "all keys are answered")
        return self.daemon.figures()

    def works(self, key: str) -> bool:
        """Whether an ordinary question is answered."""
        body = question("demo", "demo: words=1")
        answer = fetch(self.daemon.port, "POST", PATH, {**JSON, "X-Api-Key": key}, body)
        self.clients.statuses[answer.status] += 1
        self.clients.told["answered" if answer.status == 200 else answer.code] += 1
        return answer.status == 200

    def chaos(self, secs: float, chance: random.Random) -> dict[str, int]:
        """For so many seconds; what the daemon has when all is quiet again."""
        self.clients.over.clear()
        worlds = [threading.Thread(target=self.world.torment, args=(chance.random(),)) for _ in range(3)]
        for world in worlds:
            world.start()
        with ThreadPoolExecutor(CLIENTS) as threads:
            asking = [threads.submit(self.clients.ask, chance.random()) for _ in range(CLIENTS)]
            time.sleep(secs)
            self.clients.over.set()
            for each in asking:
                each.result(60)
        for world in worlds:
            world.join(15)
        return self.settle()

    def test_all_at_once(self) -> None:
        """Nothing hangs, nothing lies, nothing is left, nothing grows, and the books are right."""
        chance = random.Random(SEED)
        before = self.settle()
        warm = self.chaos(SECS / 3, chance)
        after = self.chaos(SECS * 2 / 3, chance)
        clients = self.clients
        print(f"{clients.told.total()} ended {dict(clients.told.most_common())}, {clients.left} left")
        print(f"at first {before}, then {warm}, at the end {after}")
        self.assertEqual([], clients.wrong[:5])
        self.assertLess(50, clients.told["answered"])
        self.assert_books()
        self.assertLessEqual(after["zombies"], 1)  # a guardian that was killed, until the next process starts
        self.assertLess(after["descriptors"], warm["descriptors"] + 30)
        self.assertLess(after["processes"], warm["processes"] + 15)
        self.assertLess(after["resident"], warm["resident"] + 40_000)
        self.assertNotIn("a bug was met", self.daemon.log())
        self.assertNotIn("Traceback", self.daemon.log())
        self.assert_ends()

    def assert_ends(self) -> None:
        """The daemon ends in order, with all that it started, and its store is whole."""
        self.daemon.signal()
        self.assertEqual(0, self.daemon.exit_code(30))
        wait_for(lambda: not self.daemon.children(), 5, "no process is left")
        store = Path(self.settings["session"]["store"])
        with closing(sqlite3.connect(store)) as connection:
            self.assertEqual([("ok",)], connection.execute("PRAGMA integrity_check").fetchall())
        self.assertEqual([], list(store.with_name("state.db.pending").iterdir()))
        self.assertEqual([], list(store.parent.glob("clinvoker-*")))
