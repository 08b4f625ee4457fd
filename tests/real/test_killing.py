"""
Agents killed at random under many requests: every client is answered or told why not, no place is lost, and
afterwards the pool is full again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any, ClassVar

from tests.real.children import wait_for
from tests.real.pools import RealPoolTestCase
from tests.real.raw import JSON, PATH, Answer, fetch, question
from tests.real.rigs import Rig

REQUESTS = int(os.environ.get("CLINVOKER_TEST_KILLED_REQUESTS", "60"))
AT_ONCE = 8
PLACES = 4
# What a client may be told, besides an answer.  A death before the first word is tried again.
CLEAR = {"backend_died", "backend_unusable", "backend_failing", "overloaded"}


class DemoKilling(RealPoolTestCase):
    """A small daemon with the demonstration, of which one is kept ready too."""

    skip = None
    mix: ClassVar[tuple[str, ...]] = ("demo",)
    warm: ClassVar[dict[str, int]] = {"demo": 1}
    settings: ClassVar[dict[str, Any]] = {
        "limits": {"runs": PLACES, "queue": 64, "processes": 4},
        "agents": {"idle_secs": 3, "pause_secs": 2},
        "conversations": {"keep_secs": 2},
    }

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """Those in the mix alone."""
        settings = {name: {"enabled": False} for name in ("claude", "codex", "gemini")}
        wanted = {name: said for name, said in super().configured(rig).items() if name in cls.warm}
        return {**settings, **wanted, "demo": {"enabled": True, "warm": 1}}

    def storm(self, over: threading.Event) -> Counter[str]:
        """Kill agents until it is over; how many of each program."""
        killed: Counter[str] = Counter()
        random = Random(4)
        while not over.wait(random.uniform(0.1, 0.9)):
            if pids := self.leaders():
                pid = random.choice(pids)
                with contextlib.suppress(OSError):
                    name = os.readlink(f"/proc/{pid}/exe").rpartition("/")[2]
                    os.kill(pid, signal.SIGKILL)
                    killed[name] += 1
        return killed

    def ask_one(self, number: int) -> tuple[str, Answer]:
        """One request, by number."""
        model = self.mix[number % len(self.mix)]
        text = "demo: words=8 pause_ms=20" if model == "demo" else f"!slow 20\n!say number {number} it is"
        return model, fetch(self.daemon.port, "POST", PATH, JSON, question(model, text))

    def outcome(self, number: int) -> str:
        """'answered', or the code of a clear error; anything else raises."""
        model, answer = self.ask_one(number)
        if answer.status == 200:
            expected = b"word7 " if model == "demo" else f"number {number} it is".encode()
            assert expected in answer.body, answer.body
            return "answered"
        assert answer.code in CLEAR, (answer.status, answer.body)
        return answer.code

    def test_killing(self) -> None:
        """As the module says."""
        over = threading.Event()
        with ThreadPoolExecutor(AT_ONCE + 1) as threads:
            killing = threads.submit(self.storm, over)
            try:
                outcomes = Counter(threads.map(self.outcome, range(REQUESTS)))
            finally:
                over.set()
        print(f"\n{REQUESTS} requests: {dict(outcomes)}; killed: {dict(killing.result())}")
        self.assertEqual(outcomes.total(), REQUESTS)
        self.assertGreater(outcomes["answered"], REQUESTS / 4)
        self.assertGreater(killing.result().total(), REQUESTS / 60)
        self.assert_no_place_lost()
        self.assert_full()

    def assert_no_place_lost(self) -> None:
        """As many as there are places run side by side: together they take the time of one."""
        for model in self.warm:
            wait_for(lambda model=model: self.ask_once(model) == 200, 30, f"{model} works again")
        slow = question("demo", "demo: words=3 pause_ms=700")
        begun = time.monotonic()
        with ThreadPoolExecutor(PLACES) as threads:
            asked = [threads.submit(fetch, self.daemon.port, "POST", PATH, JSON, slow) for _ in range(PLACES)]
            self.assertEqual([each.result().status for each in asked], [200] * PLACES)
        self.assertLess(time.monotonic() - begun, 4)

    def ask_once(self, model: str) -> int:
        """The status of an ordinary request."""
        return fetch(self.daemon.port, "POST", PATH, JSON, question(model, "!say well")).status

    def assert_full(self) -> None:
        """The promised ones are there, nothing runs, and nothing else is left."""

        self.wait_until_full(30, **self.warm)
        self.assertEqual(sum(self.health(name)["runs"] for name in self.warm), 0)


class Killing(DemoKilling):
    """With two of the real programs, one for many runs and one for one."""

    skip = RealPoolTestCase.skip
    mix: ClassVar[tuple[str, ...]] = ("demo", "codex", "demo", "codex", "demo", "claude")
    warm: ClassVar[dict[str, int]] = {"demo": 1, "codex": 1, "claude": 2}
