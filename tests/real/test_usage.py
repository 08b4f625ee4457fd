"""
What is used, in the file of a daemon, whichever door it was asked for at; and a daemon without its file.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.real.daemon import Daemon
from tests.real.provider import ROOT

SAY = "demo: words=3 pause_ms=0"
CHAT = [{"role": "user", "content": SAY}]
TASK = {"backend": "demo", "prompt": SAY}
# A route, a body, and how many answers that is.
ASKED: list[tuple[str, dict[str, Any], int]] = [
    ("/openai/v1/chat/completions", {"model": "demo", "messages": CHAT, "n": 2}, 2),
    ("/openai/v1/completions", {"model": "demo", "prompt": [SAY, SAY]}, 2),
    ("/openai/v1/responses", {"model": "demo", "input": SAY, "stream": True}, 1),
    ("/anthropic/v1/messages", {"model": "demo", "max_tokens": 100, "messages": CHAT}, 1),
    ("/api/v1/prompt", TASK, 1),
    ("/api/v1/parallel", {"tasks": [TASK] * 2}, 2),
    ("/api/v1/chain", {"steps": [TASK] * 2}, 2),
    ("/api/v1/compare", {"backends": ["demo"], "prompt": SAY}, 1),
]


class UsageTests(SynchronousTestCase):
    def test_every_door(self) -> None:
        """Each whole answer counts once."""
        with Daemon({}) as daemon:
            for path, asked, _ in ASKED:
                request = urllib.request.Request(
                    daemon.url + path, json.dumps(asked).encode(), {"Content-Type": "application/json"}
                )
                with urllib.request.urlopen(request, timeout=20) as answer:
                    answer.read()
            daemon.signal()
            self.assertEqual(0, daemon.exit_code())
            with closing(sqlite3.connect(daemon.folder / "home/.clinvk/state.db")) as connection:
                rows = connection.execute("SELECT principal, backend, requests, output FROM usage").fetchall()
        answers = sum(count for _, _, count in ASKED)
        self.assertEqual([("anonymous", "demo", answers, 3 * answers)], rows)


class NoStoreTests(SynchronousTestCase):
    def test_exit(self) -> None:
        """A daemon whose store cannot be used says why in one line and ends with 3."""
        with tempfile.TemporaryDirectory(prefix="clinvoker-real-") as folder:
            Path(folder, "state.db").write_bytes(b"no database" * 1000)
            environment = {"PATH": "/usr/bin", "PYTHONPATH": ROOT, "HOME": folder, "CLINVK_HOME": folder}
            twistd = str(Path(sys.executable).with_name("twistd"))
            done = subprocess.run(
                [twistd, "-n", "--pidfile=", "clinvoker", "--listen", "tcp:0:interface=127.0.0.1"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
        said = done.stdout + done.stderr
        self.assertEqual(3, done.returncode, said)
        self.assertIn("file is not a database. Move it away", said)
        self.assertNotIn("Traceback", said)
