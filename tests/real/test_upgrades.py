"""Programs are replaced as npm does it, and systemd is told of a reload, under a real daemon."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.real.changing import ONLY_DEMO, ChangingDaemon, demo_of, put
from tests.real.children import wait_for
from tests.real.clis import MISSING, installed
from tests.real.provider import ProviderProcess
from tests.real.rigs import backends

QUICK = "demo: words=3 pause_ms=0"
SLOW = "demo: words=40 pause_ms=100"


class ReloadCase(SynchronousTestCase):
    """A daemon of the demonstration alone."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clinvoker-reload-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def daemon(self, settings: dict[str, Any], **environment: str) -> ChangingDaemon:
        daemon = ChangingDaemon(settings, environment)
        daemon.__enter__()
        self.addCleanup(daemon.__exit__, None, None, None)
        return daemon


class NotifyTests(ReloadCase):
    def settings(self, **sections: Any) -> dict[str, Any]:
        return {"backends": {**ONLY_DEMO, "demo": {"enabled": True}}, **sections}

    def test_systemd(self) -> None:
        """sd_notify(3): RELOADING=1 with the time of it, then READY=1, on success and on failure."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(str(self.folder / "notify"))
            heard.settimeout(10)
            daemon = self.daemon(self.settings(), NOTIFY_SOCKET=str(self.folder / "notify"))
            self.assertEqual(b"READY=1", heard.recv(1000).partition(b"\n")[0])
            for settings in (self.settings(limits={"runs": 2}), {"limits": {"runs": "none"}}):
                daemon.change(settings)
                daemon.signal(signal.SIGHUP)
                first, _, second = heard.recv(1000).decode().partition("\n")
                self.assertEqual("RELOADING=1", first)
                self.assertRegex(second, r"^MONOTONIC_USEC=\d+$")
                self.assertEqual(b"READY=1", heard.recv(1000))


class UpgradeTests(ReloadCase):
    """Another program in the place of the one before."""

    def test_swapped(self) -> None:
        """
        npm's way: the folder is moved away, for a moment nothing is there, another takes its place.  What
        runs goes on in the old one, what comes next gets the new one, whose version is told.
        """
        self.install("1.0", "package")
        self.folder.joinpath("demo").symlink_to("package/demo")
        demo = {"enabled": True, "program": str(self.folder / "demo"), "warm": 1}
        daemon = self.daemon({"backends": {**ONLY_DEMO, "demo": demo}})
        self.assertEqual(200, daemon.chat(QUICK)[0])
        self.assertEqual("1.0", daemon.backend("demo")["version"])
        with ThreadPoolExecutor() as threads:
            running = threads.submit(daemon.chat, SLOW)
            wait_for(lambda: daemon.backend("demo")["runs"] == 1, 10, "it runs")
            self.install("2.0", "next")
            self.folder.joinpath("package").rename(self.folder / "old")
            self.assertEqual(200, daemon.post("/api/v1/reload")[0])
            self.folder.joinpath("next").rename(self.folder / "package")
            wait_for(lambda: daemon.chat(QUICK)[0] == 200 and self.version(daemon) == "2.0", 20, "2.0")
            self.assertFalse(running.done())
            self.assertIn("word40", running.result()[1]["choices"][0]["message"]["content"])
        wait_for(lambda: daemon.backend("demo")["processes"] == 1, 10, "the old process has ended")
        self.assertEqual("closed", daemon.backend("demo")["agents"]["circuit"])

    def test_blank(self) -> None:
        """What is kept ready is replaced before anybody asks, where somebody looks how all is."""
        self.install("1.0", "package")
        demo = {"enabled": True, "program": str(self.folder / "package/demo"), "warm": 1, "prestart": True}
        daemon = self.daemon({"backends": {**ONLY_DEMO, "demo": demo}})
        wait_for(lambda: self.version(daemon) == "1.0", 10, "1.0 is ready")
        put(self.folder / "package/demo", demo_of("2.0"), 0o755)
        wait_for(lambda: self.version(daemon) == "2.0", 20, "2.0 is ready")

    def version(self, daemon: ChangingDaemon) -> str:
        return str(daemon.backend("demo")["version"])

    def install(self, version: str, place: str) -> None:
        package = self.folder / place
        package.mkdir()
        package.joinpath("package.json").write_text(json.dumps({"name": "demo", "version": version}))
        put(package / "demo", demo_of(version), 0o755)


class RealUpgradeTests(ReloadCase):
    """Codex, as npm installs it."""

    skip = None if "codex" in installed() else MISSING

    def test_codex(self) -> None:
        """Its package is replaced: the process that was ready makes way for one of the new package."""
        modules = Path(installed()["codex"]).parents[1]
        self.copy(modules, "lib")
        program = str(self.folder / "lib/node_modules/@openai/codex/bin/codex.js")
        with ProviderProcess() as provider:
            codex = {**backends(provider.url, {"codex": program})["codex"], "warm": 1}
            others = {name: {"enabled": False} for name in ("claude", "gemini", "demo")}
            daemon = self.daemon({"backends": {**others, "codex": codex}, "conversations": {"keep": 0}})
            self.assertEqual(200, daemon.chat("!say hello", "codex")[0])
            before = daemon.backend("codex")["agents"]["started"]
            self.copy(modules, "next")
            os.rename(self.folder / "lib", self.folder / "old")
            os.rename(self.folder / "next", self.folder / "lib")
            daemon.post("/api/v1/reload")
            wait_for(lambda: daemon.backend("codex")["agents"]["started"] > before, 20, "another one starts")
            self.assertEqual(200, daemon.chat("!say hello", "codex")[0])
            wait_for(lambda: daemon.backend("codex")["processes"] == 1, 20, "the old one has ended")
            self.assertNotIn(daemon.backend("codex")["version"], ("", "unknown"))

    def copy(self, modules: Path, place: str) -> None:
        """A copy of the package; what is large is linked to."""
        scope = self.folder / place / "node_modules/@openai"
        shutil.copytree(modules / "@openai/codex", scope / "codex")
        for large in modules.glob("@openai/codex-*"):
            scope.joinpath(large.name).symlink_to(large)
