"""What etc/ offers for running the daemon for good."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import yaml
from openai import OpenAI
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from clinvoker.config.keys import unnamed
from clinvoker.config.values import Http
from clinvoker.model import Launch
from clinvoker.runs.box import Box
from tests.real.children import wait_for
from tests.real.daemon import free_port
from tests.real.test_listening import KEY, MODELS, ListeningTestCase

ETC = Path(__file__).parents[2] / "etc"
MOUNTS = Path(__file__).with_name("unit_mounts.py")


def program(name: str) -> str:
    """Where it is; skips the test if it is not installed."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        raise SkipTest(f"{name} is not installed")
    return found


class NginxTests(ListeningTestCase):
    """The configuration of nginx, before a real daemon at a UNIX socket."""

    def setUp(self) -> None:
        super().setUp()
        nginx = program("nginx")
        upstream, self.port = str(self.folder / "s"), free_port()
        # Even an nginx whose user is mapped passes on nobody.
        peers = {str(os.getuid()): unnamed(KEY).name}
        text = (ETC / "nginx/clinvoker.conf").read_text()
        told = yaml.safe_load("\n".join(re.findall(r"(?m)^# ( .*)$", text)))["server"]
        self.assertEqual(["unix:/run/clinvoker/http.sock:mode=660"], told.pop("listen"))
        server = {**told, "unix_peers": peers, "rate_limit_rps": 0.01, "rate_limit_burst": 2}
        self.start(server, f"unix:{upstream}:mode=666")
        text = text.replace("unix:/run/clinvoker/http.sock;", f"unix:{upstream};").replace(
            "listen 80;", f"listen 127.0.0.1:{self.port};"
        )
        config = self.folder / "nginx.conf"
        folders = "".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config.write_text(
            f"pid {self.folder}/pid; daemon off; master_process off; error_log stderr;"
            f"events {{}} http {{ access_log off; {folders}\n{text} }}"
        )
        command = [nginx, "-c", str(config), "-e", "stderr"]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_for(self.answers, 10, "nginx listens")

    def answers(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.port)) == 0

    def test_stream(self) -> None:
        """Words arrive as they come, under the public name."""
        headers = {"Host": "chat.example.com"}
        sdk = OpenAI(base_url=f"http://127.0.0.1:{self.port}/openai/v1", api_key=KEY, default_headers=headers)
        self.addCleanup(sdk.close)
        asked: Any = {"role": "user", "content": "demo: words=15 pause_ms=100"}
        came = [
            time.monotonic()
            for chunk in sdk.chat.completions.create(model="demo", messages=[asked], stream=True)
            if chunk.choices and chunk.choices[0].delta.content
        ]
        self.assertGreater(came[-1] - came[0], 0.7)

    def test_clients(self) -> None:
        """Each client is one, by the address that nginx saw, whatever he says himself."""
        url = f"http://127.0.0.1:{self.port}{MODELS}"
        for address in ("127.0.0.2", "127.0.0.3"):
            headers = {"Host": "chat.example.com", "X-Api-Key": KEY, "X-Forwarded-For": "192.0.2.1"}
            with httpx.Client(
                transport=httpx.HTTPTransport(local_address=address), headers=headers
            ) as client:
                self.assertEqual([200, 200, 429], [client.get(url).status_code for _ in range(3)])

    def test_key(self) -> None:
        """Nobody is let in for nginx's sake."""
        url = f"http://127.0.0.1:{self.port}{MODELS}"
        self.assertEqual(401, httpx.get(url, headers={"Host": "chat.example.com"}).status_code)


class BoxTests(SynchronousTestCase):
    """Boxes in what the unit mounts, imitated: no systemd is started."""

    def started(self, *files: str) -> subprocess.CompletedProcess[str]:
        """A program that does nothing in a box, by a user without capabilities, as these files have it."""
        settings: dict[str, str] = {}
        for name in files:
            settings |= re.findall(r"(?m)^(P\w+)=(\w+)$", (ETC / name).read_text())
        nothing = Launch(key="", arguments=("true",))
        box = Box(program("bwrap"), False, True, (), (), {"HOME": "/home/none"})
        nobody = pwd.getpwnam("nobody")
        dropped = ["--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]
        dropped += ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]
        command = [program("setpriv"), *dropped, *box.words("/bin/true", nothing), "/bin/true"]
        words = [f"{name}={value}" for name, value in settings.items()]
        folder = tempfile.mkdtemp(prefix="cl-")
        self.addCleanup(os.rmdir, folder)
        return subprocess.run(
            [sys.executable, str(MOUNTS), folder, *words, "--", *command],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_boxes(self) -> None:
        """The unit covers parts of /proc, and what is to be put beside it for boxes undoes that."""
        if os.geteuid() != 0:
            raise SkipTest("only root may mount")
        refused = self.started("clinvoker.service")
        self.assertIn("Can't mount proc", refused.stderr)
        done = self.started("clinvoker.service", "clinvoker.service.d/boxes.conf")
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_all_needed(self) -> None:
        """Each of the three is enough to be in the way."""
        if os.geteuid() != 0:
            raise SkipTest("only root may mount")
        boxes = (ETC / "clinvoker.service.d/boxes.conf").read_text()
        for name in re.findall(r"(?m)^(Protect\w+)=no$", boxes):
            one = Path(self.mktemp())
            one.write_text(f"{name}=yes\n")
            refused = self.started("clinvoker.service", "clinvoker.service.d/boxes.conf", str(one.absolute()))
            self.assertIn("Can't mount proc", refused.stderr, name)


class FileTests(SynchronousTestCase):
    """Files that can be looked at only."""

    def test_units(self) -> None:
        """systemd understands the units."""
        analyze = program("systemd-analyze")
        folder = Path(tempfile.mkdtemp(prefix="cl-"))
        self.addCleanup(shutil.rmtree, folder)
        for name in ("clinvoker.service", "clinvoker.socket"):
            text = re.sub(r"(?m)^(ExecStart=)\S+", r"\1/bin/true", (ETC / name).read_text())
            folder.joinpath(name).write_text(text)
        units = [str(path) for path in folder.iterdir()]
        done = subprocess.run(
            [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
        )
        own = [line for line in done.stderr.splitlines() if "clinvoker" in line]
        self.assertEqual((0, []), (done.returncode, own), done.stderr)

    def test_alerts(self) -> None:
        """Prometheus takes the rules, and they fire when they should and not else."""
        for arguments in (("check", "clinvoker.rules.yml"), ("test", "clinvoker.rules.test.yml")):
            done = subprocess.run(
                [program("promtool"), arguments[0], "rules", arguments[1]],
                cwd=ETC / "prometheus",
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_idle(self) -> None:
        """Proxies close an idle connection before the daemon does, so no request meets a closed one."""
        waits = {
            name: int(re.findall(rf"(?m)^\s*{word} (\d+)s;?$", (ETC / name).read_text())[0])
            for name, word in (
                ("nginx/clinvoker.conf", "keepalive_timeout"),
                ("caddy/Caddyfile", "keepalive"),
            )
        }
        self.assertLess(max(waits.values()), Http().idle_secs)

    def test_compose(self) -> None:
        """The compose file names the Dockerfile that is there, which does not run as root."""
        service = yaml.safe_load((ETC / "docker/compose.yaml").read_text())["services"]["clinvoker"]
        build = service["build"]
        dockerfile = (ETC / "docker" / build["context"] / build["dockerfile"]).read_text()
        for argument in build["args"]:
            self.assertIn(f"ARG {argument}=", dockerfile)
        users = re.findall(r"(?m)^USER (\S+)", dockerfile)
        self.assertEqual(["clinvoker"], users)
