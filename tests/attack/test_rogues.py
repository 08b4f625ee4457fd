"""
Programs that fill the disk, flood their pipes, leak descriptors and leave children, all at the same time:
each costs its own run, and what it took comes back.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

from tests.attack.disks import SmallDisk, why_none
from tests.attack.rogue import installed
from tests.real.children import wait_for
from tests.real.raw import JSON, PATH, Answer, fetch, question
from tests.real.rigs import Rig
from tests.real.test_web_pages import DemoTestCase

EXPECTED: dict[str, tuple[int, str]] = {
    "fill": (504, "timeout"),
    "scatter": (504, "timeout"),
    "complain": (504, "timeout"),
    "babble": (502, "backend_garbled"),
    "line": (502, "backend_garbled"),
    "flood": (502, "answer_too_long"),
    "strangers": (504, "timeout"),
    "hang": (504, "timeout"),
    "freeze": (504, "timeout"),
    "shut": (504, "timeout"),
    "leave": (502, "backend_died"),
    "leak": (200, ""),
}
GOOD = "a-key-of-somebody-who-asks-for-nothing-bad"


def key_of(kind: str) -> str:
    """Who has a key of his own has programs of his own."""
    return f"the-key-of-those-who-{kind}"


class RogueTests(DemoTestCase):
    shared = False
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": ",".join((GOOD, *map(key_of, EXPECTED)))}
    settings: ClassVar[dict[str, Any]] = {
        "limits": {
            "retries": 0,
            "processes": 40,
            "first_output_secs": 3,
            "idle_output_secs": 3,
            "answer_bytes": 2_000_000,
        },
        "agents": {"max_processes": 40},
    }

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """The rogue in the demonstration's place."""
        return {**super().configured(rig), "demo": {"enabled": True, "program": installed(rig.folder)}}

    def setUp(self) -> None:
        self.disk = None if why_none() else SmallDisk(16 * 1024)
        if self.disk is not None:
            self.disk.__enter__()
            self.addCleanup(self.disk.__exit__)
            self.patch(type(self), "environment", {**self.environment, "TMPDIR": str(self.disk.path)})
        super().setUp()
        self.least = self.room()

    def ask(self, key: str, text: str) -> Answer:  # type: ignore[override]
        return fetch(self.daemon.port, "POST", PATH, {**JSON, "X-Api-Key": key}, question("demo", text))

    def works(self, kind: str) -> bool:
        """Whether an ordinary question is answered."""
        return self.ask(key_of(kind), "demo: words=1").status == 200

    def go_on(self, over: threading.Event) -> Counter[int]:
        """Somebody who asks all the time; what he is told."""
        told: Counter[int] = Counter()
        while not over.is_set():
            told[self.ask(GOOD, "demo: words=5 pause_ms=2").status] += 1
            self.least = min(self.least, self.room())
        return told

    def outcome(self, kind: str) -> tuple[int, str]:
        answer = self.ask(key_of(kind), f"rogue: {kind}")
        return answer.status, "" if answer.status == 200 else answer.code

    def test_all(self) -> None:
        """As the module says."""
        kinds = [kind for kind in EXPECTED if self.disk or kind not in ("fill", "scatter")]
        over = threading.Event()
        with ThreadPoolExecutor(len(kinds) + 1) as threads:
            self.assertTrue(all(threads.map(self.works, kinds)))
            good = threads.submit(self.go_on, over)
            before = self.daemon.figures()
            free = self.room()
            try:
                told = dict(zip(kinds, threads.map(self.outcome, kinds), strict=True))
            finally:
                over.set()
        self.assertEqual({kind: EXPECTED[kind] for kind in kinds}, told)
        print(f"{good.result()} meanwhile, {self.least} bytes free at least, {before}")
        self.assertEqual({200}, set(good.result()))
        self.assertLess(20, good.result()[200])
        # The one that leaks has answered, and lives, as does that of who asked for nothing bad.
        wait_for(lambda: len(self.directories()) <= 2, 15, "what they had is removed")
        wait_for(lambda: self.daemon.figures()["processes"] <= 3, 15, "they and their children have ended")
        if self.disk:
            self.assertLess(self.least, 100_000)
            self.assertLess(free, self.room() + 100_000)
        after = self.daemon.figures()
        self.assertLess(after["descriptors"], before["descriptors"])
        self.assertEqual(0, after["zombies"])
        self.assertTrue(all(map(self.works, kinds)))
        self.assertNotIn("Traceback", self.daemon.log())

    def room(self) -> int:
        """Bytes that are free."""
        return self.disk.free if self.disk else 0

    def directories(self) -> list[Path]:
        """Those of programs."""
        temporary = self.disk.path if self.disk else self.daemon.folder / "tmp"
        return list(temporary.glob("clinvoker-*/demo-*"))
