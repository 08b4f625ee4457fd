"""
A disk that is full, with all that is on it: the log, temporary files, what `clinvk` and programs write.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any, ClassVar

from twisted.trial.unittest import SynchronousTestCase

from tests.attack.disks import SmallDisk, why_none
from tests.attack.test_full_store import LONG, StoreTestCase
from tests.real.children import wait_for
from tests.real.daemon import Daemon
from tests.real.provider import ROOT
from tests.real.raw import JSON, PATH, fetch, question
from tests.real.rigs import RealTestCase


class WholeDiskTests(StoreTestCase):
    """Not only the store: the log, the temporary files, everything is on that disk."""

    skip = why_none()

    def test_everything(self) -> None:
        """Who needs nothing of the disk is answered; a program that cannot be started is an error."""
        self.patch(tempfile, "tempdir", str(self.disk.path))
        with Daemon(self.settings) as daemon:
            self.prompt(daemon)
            self.disk.fill()
            before = daemon.figures()
            for _ in range(100):
                self.assertEqual(200, self.prompt(daemon, LONG).status)
            self.assert_fails(fetch(daemon.port, "GET", "/api/v1/sessions"), "full")
            self.assertLess(daemon.figures()["resident"] - before["resident"], 20_000)
            self.disk.clear()
            self.assert_books(daemon)
            lines = daemon.log().count("\n")
            self.prompt(daemon)
            self.assertGreater(daemon.log().count("\n"), lines)
            self.end(daemon)
        self.assert_whole()


class CommandTests(SynchronousTestCase):
    """What `clinvk` writes, on that disk."""

    skip = why_none()

    def setUp(self) -> None:
        self.disk = SmallDisk(1024)
        self.disk.__enter__()
        self.addCleanup(self.disk.__exit__)

    def clinvk(self, *words: str) -> tuple[int, str]:
        """The exit code, and what went to stderr."""
        home = str(self.disk.path)
        environ = {"PATH": os.environ["PATH"], "HOME": home, "CLINVK_HOME": home, "PYTHONPATH": ROOT}
        command = [sys.executable, "-m", "clinvoker.client", *words]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, done.stderr

    def test_whole_or_not_at_all(self) -> None:
        """Keys and configuration are written whole, or stay what they were and that is told."""
        self.assertEqual(0, self.clinvk("keys", "create", "one")[0])
        self.assertEqual(0, self.clinvk("config", "set", "server.port", "8081")[0])
        before = {path: path.read_bytes() for path in self.disk.path.iterdir()}
        self.disk.fill()
        for words in (("keys", "revoke", "one"), ("config", "set", "server.port", "8082")):
            code, told = self.clinvk(*words)
            self.assertEqual((3, True), (code, "No space left" in told), told)
        self.disk.clear()
        self.assertEqual(before, {path: path.read_bytes() for path in self.disk.path.iterdir()})


# What a program may do without room: answer nevertheless, or tell that it cannot start, or go on.
CAME = {
    (200, "all is well"),
    (503, "backend_unusable"),
    (502, "backend_garbled"),  # gemini, which says "Internal error"
    (502, "backend_died"),
}


class FullProgramsTests(RealTestCase):
    """The real programs, whose private directories are on that disk."""

    shared = False
    skip = why_none() or RealTestCase.skip
    settings: ClassVar[dict[str, Any]] = {"limits": {"ready_secs": 20, "first_output_secs": 20}}

    def setUp(self) -> None:
        self.disk = SmallDisk(64 * 1024)
        self.disk.__enter__()
        self.addCleanup(self.disk.__exit__)
        self.patch(type(self), "environment", {"TMPDIR": str(self.disk.path)})
        super().setUp()

    def asked(self, model: str) -> tuple[int, str]:
        """The status and code, or the text, of an answer."""
        answer = fetch(self.daemon.port, "POST", PATH, JSON, question(model, "!say all is well"))
        told = json.loads(answer.body)
        if answer.status != 200:
            self.assertNotIn(str(self.disk.path), answer.body.decode())
            return answer.status, told["error"]["code"]
        return answer.status, told["choices"][0]["message"]["content"]

    def test_programs(self) -> None:
        """Each answers, or tells in time that it cannot; with room again each answers."""
        for name in self.programs:
            for warm in (False, True):
                if warm:
                    self.assert_works(name)
                self.disk.fill()
                came = self.asked(name)
                self.disk.clear()
                self.assertIn(came, CAME, (name, warm))
        for name in self.programs:
            wait_for(lambda name=name: self.asked(name)[0] == 200, 20, f"{name} answers again")
