"""
The real daemon as the tests hold it: a child process with a home of its own.

Every process it starts has the folder of the test in its environment (HOME, TMPDIR), so that
`children.marked` finds them all, those that outlived the daemon included.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
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
from types import TracebackType
from typing import Any

import yaml
from openai import OpenAI

from tests.real.children import descriptors, kill_marked, marked, resident, wait_for, zombies_of
from tests.real.provider import ROOT

Settings = Mapping[str, Any]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def own_environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """An environment with its own home in a folder, so that nothing of the developer's leaks in."""
    places = {"HOME": folder / "home", "TMPDIR": folder / "tmp"}
    for place in places.values():
        place.mkdir()
    paths = {name: str(place) for name, place in places.items()}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": ROOT, **paths, **more}


# What the daemon says when it listens: a port that was free a moment ago may be another's by now.
LISTENING = re.compile(r"listening at .*port=(\d+)")


class Daemon:
    """`twistd -n clinvoker` on 127.0.0.1, at a port of its own choice, from `with` to its end."""

    descriptors: Sequence[int] = ()  # that it inherits

    def __init__(
        self, settings: Settings, environment: Mapping[str, str] | None = None, port: int = 0
    ) -> None:
        self.port = port  # known when it listens
        self._settings = settings
        self._environment = dict(environment or {})

    def __enter__(self) -> Daemon:
        """Start it and wait until it answers."""
        self.folder = Path(tempfile.mkdtemp(prefix="clinvoker-real-"))
        self.folder.joinpath("config.yaml").write_text(yaml.safe_dump(dict(self._settings)))
        with self.folder.joinpath("log").open("wb") as log:
            self.process = subprocess.Popen(
                self._arguments(),
                cwd=ROOT,
                env=own_environment(self.folder, self._environment),
                stdout=log,
                stderr=log,
                pass_fds=self.descriptors,
            )
        try:
            wait_for(self._answers, 20, "the daemon answers")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """End it by force, with all that it started, and remove its folder."""
        self.process.kill()
        self.process.wait()
        kill_marked(str(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _arguments(self) -> list[str]:
        listen = f"tcp:{self.port}:interface=127.0.0.1"
        twistd = str(Path(sys.executable).with_name("twistd"))
        config = str(self.folder / "config.yaml")
        return [twistd, "-n", "--pidfile=", "clinvoker", "--config", config, "--listen", listen]

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log()}")
        listening = LISTENING.search(self.log())
        if listening is None:
            return False
        self.port = int(listening.group(1))
        with contextlib.suppress(OSError):
            return bool(self.get("/health")[0])
        return False

    @property
    def url(self) -> str:
        """The root of its routes."""
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        """All it wrote so far."""
        return self.folder.joinpath("log").read_text(errors="replace")

    def client(self, **settings: Any) -> OpenAI:
        """The official client, which does not ask twice by itself unless told."""
        settings = {"api_key": "unused", "max_retries": 0, "timeout": 60.0, **settings}
        return OpenAI(base_url=self.url + "/openai/v1", **settings)

    def get(self, path: str) -> tuple[int, Any]:
        """Status and decoded JSON body of a GET."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def children(self) -> set[int]:
        """Every process of its own, itself excepted."""
        return marked(str(self.folder)) - {self.process.pid}

    def figures(self) -> dict[str, int]:
        """What must not grow: descriptors, zombies, processes; and memory in kB."""
        pid = self.process.pid
        return {
            "descriptors": descriptors(pid),
            "zombies": zombies_of(pid),
            "processes": len(self.children()),
            "resident": resident(pid),
        }

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def exit_code(self, seconds: float = 10.0) -> int:
        """Wait for its end."""
        return self.process.wait(timeout=seconds)
