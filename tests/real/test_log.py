"""What the daemon writes, from its first line to its last."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from twisted.trial.unittest import SynchronousTestCase

from tests.real.children import wait_for
from tests.real.daemon import free_port, own_environment

BIN = Path(sys.executable).parent
TWISTD = [str(BIN / "twistd"), "--nodaemon", "--pidfile=", "clinvoker"]
SERVE = [str(BIN / "clinvk"), "serve"]
JSON = {"format": "json"}


class LogCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cl-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = own_environment(self.folder, {})

    def begin(
        self, command: Sequence[str], log: Mapping[str, str], server: Mapping[str, Any]
    ) -> subprocess.Popen[str]:
        """A daemon that logs so, started."""
        settings = {"log": log, "server": server, "backends": {"demo": {"enabled": True}}}
        config = self.folder / "config.yaml"
        config.write_text(yaml.safe_dump(settings))
        process = subprocess.Popen(
            [*command, "--config", str(config)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.kill)
        return process

    def life(self, command: Sequence[str], log: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """The lines on stdout and stderr of one that started, answered and was told to end."""
        port = free_port()
        process = self.begin(command, log, {"port": port})
        wait_for(lambda: answers(port), 20, "the daemon answers")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        return out.splitlines(), err.splitlines()


class LifeTests(LogCase):
    def test_json(self) -> None:
        """Each line is an object, the first and the last too, by either command."""
        for command in (TWISTD, SERVE):
            out, err = self.life(command, JSON)
            self.assertEqual([], err)
            said = [json.loads(line)["message"] for line in out]
            self.assertIn("starting up", said[0])
            self.assertEqual("Server Shut Down.", said[-1])

    def test_level(self) -> None:
        """Below the level there is nothing."""
        for command in (TWISTD, SERVE):
            self.assertEqual(([], []), self.life(command, {"level": "error", **JSON}))
        self.assertEqual(([], []), self.life(TWISTD, {"level": "error"}))

    def test_place(self) -> None:
        """All of it is where it is to be."""
        for form in ("text", "journald"):
            out, err = self.life(TWISTD, {"format": form, "to": "stderr"})
            self.assertEqual([], out)
            self.assertIn("starting up", err[0])

    def test_file(self) -> None:
        """Text goes to the file that twistd was told."""
        file = self.folder / "log"
        out, err = self.life([*TWISTD[:-1], f"--logfile={file}", TWISTD[-1]], {})
        self.assertEqual(([], []), (out, err))
        self.assertIn("Server Shut Down.", file.read_text())


class RefusedTests(LogCase):
    def refused(self, server: Mapping[str, Any]) -> tuple[int, list[Any]]:
        """What one ends with that cannot start, and its lines."""
        process = self.begin(TWISTD, {"level": "critical", **JSON}, server)
        out, err = process.communicate(timeout=20)
        self.assertEqual("", err)
        return process.returncode, [json.loads(line) for line in out.splitlines()]

    def test_port(self) -> None:
        """Why it cannot start is an object too."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            code, [line] = self.refused({"port": taken.getsockname()[1]})
        self.assertEqual((1, "critical"), (code, line["level"]))
        self.assertIn("cannot listen at tcp:", line["message"])

    def test_store(self) -> None:
        """So is what is wrong with the store."""
        self.environment["CLINVK_SESSION__STORE"] = "sqlite:/proc/none/clinvoker.sqlite"
        code, [line] = self.refused({"port": free_port()})
        self.assertEqual((3, "critical"), (code, line["level"]))
        self.assertIn("/proc/none", line["message"])


def answers(port: int) -> bool:
    """Whether a daemon does there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False
