"""The configuration read anew, and programs replaced, under a daemon that goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import yaml
from openai import NotFoundError

from tests.real.children import wait_for
from tests.real.clis import installed
from tests.real.natives import Native
from tests.real.rigs import RealTestCase, Rig, backends
from tests.real.test_web_pages import DemoTestCase


class Reloading(DemoTestCase):
    """The file changes."""

    shared = False

    def configure(self, **more: Any) -> None:
        """Another file."""
        path = self.daemon.folder / "config.yaml"
        path.write_text(yaml.safe_dump({"backends": self.configured(self.rig), **more}))

    def told(self, times: int) -> None:
        """The log has it so many times."""
        wait_for(lambda: self.daemon.log().count("was read anew") == times, 5, "it was read anew")

    def test_signal(self) -> None:
        """F137: SIGHUP has it read anew; an answer under way goes on."""
        stream = iter(self.stream("demo", "demo: words=30 pause_ms=50"))
        next(stream)
        self.configure(limits={"runs": 7}, models={"fast": "demo"})
        self.daemon.signal(signal.SIGHUP)
        self.told(1)
        self.assertEqual(7, self.daemon.get("/health")[1]["load"]["places"])
        self.assertTrue(self.ask("fast", "demo: words=1").choices[0].message.content)
        *_, last = stream
        self.assertEqual("stop", last.choices[0].finish_reason)

    def test_invalid(self) -> None:
        """A file with a fault changes nothing; it is told who asked, and in the log."""
        self.configure(limits={"runs": "many"}, models={"fast": "demo"})
        status, problem = Native(self.daemon).ask("reload", {})
        self.assertEqual((422, "config_invalid"), (status, problem["code"]))
        self.assertIn("limits.runs", problem["detail"])
        self.assertIn("stays as it was: limits.runs", self.daemon.log())
        self.assertEqual(64, self.daemon.get("/health")[1]["load"]["places"])
        self.assertRaises(NotFoundError, self.ask, "fast", "hello")

    def test_off(self) -> None:
        """F137: a program that is off is in no list, refused, and has no process left."""
        self.ask("demo", "demo: words=1")
        path = self.daemon.folder / "config.yaml"
        path.write_text(yaml.safe_dump({"backends": {"demo": {"enabled": False}}}))
        self.assertEqual(200, Native(self.daemon).ask("reload", {})[0])
        self.assertRaises(NotFoundError, self.ask, "demo", "hello")
        self.assertEqual([], self.client.models.list().data)
        wait_for(lambda: not self.programs_left(), 5, "its process has ended")
        self.configure()
        self.assertEqual(200, Native(self.daemon).ask("reload", {})[0])
        self.assertTrue(self.ask("demo", "demo: words=1").choices[0].message.content)

    def programs_left(self) -> list[int]:
        """Processes of the demonstration."""
        lines = {pid: Path(f"/proc/{pid}/cmdline") for pid in self.daemon.children()}
        return [pid for pid, line in lines.items() if line.exists() and b"demo" in line.read_bytes()]

    def test_later(self) -> None:
        """What needs another start is told, and the daemon stays where it is."""
        self.configure(server={"port": 1}, limits={"runs": 7})
        status, told = Native(self.daemon).ask("reload", {})
        self.assertEqual(
            (200, ["limits.runs"], ["server.port"]), (status, told["changed"], told["needs_restart"])
        )
        self.assertEqual(200, self.daemon.get("/health")[0])


class Upgrades(RealTestCase):
    """Each program is started by a script, which is replaced as package managers do."""

    shared = False

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        for name in installed():
            write(rig.folder, name, "one")
        scripts = {name: str(rig.folder / name) for name in installed()}
        return backends(rig.provider.url, scripts)

    def edition(self, name: str) -> set[str]:
        """Of the processes of a program, what their scripts said."""
        found = set()
        for pid in self.daemon.children():
            try:
                words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            except OSError:
                continue
            found |= {word.decode() for word in words if word.startswith(f"EDITION_{name}=".encode())}
        return {word.partition("=")[2] for word in found}

    def test_replaced(self) -> None:
        """What lived of the old one ends after its turn, and the next answer is the new one's."""
        for name in self.programs:
            self.assert_works(name)
            stream = iter(self.stream(name, "!slow 150\n!long 40\nalpha"))
            next(stream)
            self.assertEqual({"one"}, self.edition(name))
            write(self.rig.folder, name, "two")
            self.wait_for_edition(name, {"one", "two"})
            self.assertEqual("stop", [*stream][-1].choices[0].finish_reason)
            self.assert_works(name)
            self.wait_for_edition(name, {"two"})

    def wait_for_edition(self, name: str, expected: set[str]) -> None:
        """These live, and no others; whoever asks how all is has the daemon look."""
        wait_for(lambda: self.daemon.get("/health")[0] and self.edition(name) == expected, 30, f"{expected}")


def write(folder: Path, name: str, edition: str) -> None:
    """A script that starts the real program, put in its place at once."""
    made = folder / f"{name}.{edition}"
    made.write_text(f'#!/bin/sh\nEDITION_{name}={edition} exec {installed()[name]} "$@"\n')
    made.chmod(0o755)
    os.rename(made, folder / name)
