"""docs/deploy.md, as a new owner follows it: its commands, on this machine, in a memory of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import httpx
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.real.children import wait_for
from tests.real.daemon import free_port
from tests.real.provider import ROOT
from tests.real.test_deploying import ETC, program

COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = Path(ROOT, "docs/deploy.md")
APART = str(Path(__file__).with_name("deploying.sh"))
OPT = "/opt/clinvoker"
MODELS = "/openai/v1/models"


def commands() -> list[str]:
    """Those of the page, in their order, but for what a systemd that runs would be told."""
    first = COMMANDS.findall(PAGE.read_text())[0]
    told = [line for line in first.splitlines() if line and not line.startswith("#")]
    return [line for line in told if not line.startswith("systemctl ")]


def here(command: str) -> str:
    """The same, with the daemon of this test where it would be installed."""
    if command.startswith(f"python3 -m venv {OPT}"):
        return f"ln -s {quote(sys.prefix)} {OPT}"
    return ":" if "pip install" in command else command


def ways() -> Iterator[str]:
    """Every folder on the way to what another user has to run."""
    for path in (Path(ROOT), Path(sys.prefix), Path(sys.executable).resolve()):
        yield from map(str, path.parents)


class OwnerTests(SynchronousTestCase):
    def setUp(self) -> None:
        if os.geteuid() != 0:
            raise SkipTest("only root makes users")
        for name in ("unshare", "su", "setpriv", "systemd-sysusers", "systemd-tmpfiles"):
            program(name)
        folder = tempfile.mkdtemp(prefix="cl-")
        self.addCleanup(shutil.rmtree, folder)
        handle, log = tempfile.mkstemp(prefix="cl-")
        os.close(handle)
        self.log = Path(log)
        self.addCleanup(self.log.unlink)
        self.apart = ["unshare", "--mount", "sh", APART, folder, "sh", "-euc"]
        if subprocess.run([*self.apart, ":"], capture_output=True, check=False).returncode:
            raise SkipTest("there is no overlay here")

    def begin(self, script: str) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            process = subprocess.Popen([*self.apart, script], cwd=ROOT, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_commands(self) -> None:
        """Copied in their order they end with a daemon that lets in who has the key, and nobody else."""
        [start] = re.findall(r"(?m)^ExecStart=(.*)$", (ETC / "clinvoker.service").read_text())
        port = free_port()
        user = "setpriv --reuid=clinvoker --regid=clinvoker --init-groups --no-new-privs --bounding-set=-all"
        environment = f"env -i HOME=/home/clinvoker USER=clinvoker PATH=/usr/bin:/bin CLINVK_PORT={port}"
        script = "\n".join(
            [
                f"cd {quote(ROOT)}",
                f"chmod a+x {' '.join(sorted({quote(path) for path in ways()}))}",
                *map(here, commands()),
                "stat -c 'OWNED %n %U:%G %a' /etc/clinvoker/* /etc/clinvoker/private/*",
                f"cd /\nexec {user} {environment} {start}",
            ]
        )
        process = self.begin(script)
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: process.poll() is not None or answers(url), 60, "the daemon answers")
        said = self.log.read_text()
        self.assertIsNone(process.poll(), said)
        [key] = re.findall(r"(?m)^clk_.*$", said)
        self.assertEqual(401, httpx.get(url + MODELS).status_code)
        self.assertEqual(200, httpx.get(url + MODELS, headers={"X-Api-Key": key}).status_code)
        process.terminate()
        self.assertEqual(0, process.wait(30))
        owned = dict(re.findall(r"(?m)^OWNED /etc/clinvoker/(\S+) (.*)$", said))
        expected = {
            "clinvoker.yaml": "root:clinvoker 640",
            "private": "clinvoker:clinvoker 700",
            "private/keys": "clinvoker:clinvoker 600",
        }
        self.assertEqual(expected, owned)


def answers(url: str) -> bool:
    try:
        return httpx.get(url + "/health/live").status_code == 200
    except httpx.TransportError:
        return False
