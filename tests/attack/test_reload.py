"""
The configuration read anew again and again under load: no request fails for it.

$CLINVOKER_TEST_RELOADED_REQUESTS says how many requests; fifty signals come among them.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any, ClassVar

import yaml

from tests.real.raw import JSON, PATH, fetch, question
from tests.real.test_web_pages import DemoTestCase

REQUESTS = int(os.environ.get("CLINVOKER_TEST_RELOADED_REQUESTS", "1000"))
SIGNALS = 50
KEYS = tuple(f"key-number-{number}-of-the-test" for number in range(4))
# What the file says in turn; the last cannot be used.
SAID: tuple[dict[str, Any], ...] = (
    {"limits": {"runs": 24}, "models": {"fast": "demo"}},
    {"limits": {"runs": 64, "queue": 500}, "agents": {"max_processes": 20}},
    {"conversations": {"keep": 0}, "log": {"level": "debug"}},
    {"server": {"strict_parameters": True, "keepalive_secs": 1}, "session": {"max_sessions": 100}},
    {"limits": {"runs": "many"}},
)


class UnderLoad(DemoTestCase):
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": ",".join(KEYS)}
    settings: ClassVar[dict[str, Any]] = {"limits": {"queue": 500}}

    def ask(self, number: int) -> str:  # type: ignore[override]
        """What is wrong with the answer to one request, or nothing."""
        words = 2 + number % 20
        stream = bool(number % 2)
        headers = {**JSON, "X-Api-Key": KEYS[number % len(KEYS)]}
        body = question("demo", f"demo: words={words} pause_ms=2", stream=stream)
        answer = fetch(self.daemon.port, "POST", PATH, headers, body)
        if answer.status != 200:
            return f"{answer.status}: {answer.body!r}"
        if stream:
            return "" if answer.body.endswith(b"data: [DONE]\n\n") else f"cut: {answer.body[-200:]!r}"
        said = json.loads(answer.body)["choices"][0]["message"]["content"]
        return "" if len(said.split()) == words else f"not whole: {said!r}"

    def test_reloaded(self) -> None:
        """Streams and whole answers, of several keys, while the file changes under them."""
        over = threading.Event()
        sent = []

        def reload() -> None:
            path = self.daemon.folder / "config.yaml"
            for said in islice(cycle(SAID), SIGNALS):
                text = yaml.safe_dump({"backends": self.configured(self.rig), "server": {}, **said})
                path.with_suffix(".new").write_text(text)
                path.with_suffix(".new").rename(path)
                self.daemon.signal(signal.SIGHUP)
                sent.append(said)
                time.sleep(0.1)
            over.set()

        before = self.daemon.figures()
        thread = threading.Thread(target=reload)
        thread.start()
        with ThreadPoolExecutor(16) as threads:
            wrong = [said for said in threads.map(self.ask, range(REQUESTS)) if said]
            number = REQUESTS
            while not over.is_set():  # a quick machine: it is to be under load to the end
                wrong += filter(None, threads.map(self.ask, range(number, number + 16)))
                number += 16
        thread.join()
        self.assertEqual([], wrong)
        log = self.daemon.log()
        read = log.count("the configuration was read anew")
        refused = log.count("the configuration stays as it was")
        self.assertEqual((SIGNALS, SIGNALS // len(SAID)), (read + refused, refused))
        load = self.daemon.get("/health")[1]["load"]
        self.assertEqual((0, 0), (load["running"], load["waiting"]))
        self.assertLess(self.daemon.figures()["descriptors"] - before["descriptors"], 40)
