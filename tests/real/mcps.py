"""MCP clients of a daemon with the demonstration alone: the official one, and the ways it gets there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from mcp import Client, StdioServerParameters
from twisted.trial.unittest import SynchronousTestCase

from tests.real.children import wait_for
from tests.real.daemon import Daemon
from tests.real.natives import Native
from tests.real.provider import ROOT

CLINVK = [sys.executable, "-m", "clinvoker.client"]
DEMO = {name: {"enabled": False} for name in ("claude", "codex", "gemini")} | {"demo": {"enabled": True}}
SLOW = "demo: words=2000 pause_ms=20"


def environment(folder: Path) -> dict[str, str]:
    """What a command is started with: a home of its own, the daemon's configuration, and this code."""
    places = {"HOME": folder, "CLINVK_HOME": folder, "CLINVK_CONFIG": folder.parent / "config.yaml"}
    paths = {name: str(place) for name, place in places.items()}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": ROOT, **paths}


def over_stdio(folder: Path, *flags: str) -> StdioServerParameters:
    """The command, to be started by a client."""
    program, *arguments = [*CLINVK, "mcp", *flags]
    return StdioServerParameters(command=program, args=arguments, env=environment(folder), cwd=folder)


@contextlib.contextmanager
def over_http(folder: Path, *flags: str) -> Iterator[str]:
    """The URL of a command that listens."""
    command = [*CLINVK, "mcp", "--transport", "http", "--port", "0", *flags]
    with subprocess.Popen(command, env=environment(folder), cwd=folder, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            found = re.search(rb"http://\S+/mcp", process.stderr.readline())
            assert found is not None
            yield found[0].decode()
        finally:
            process.terminate()


class McpTestCase(SynchronousTestCase):
    """A daemon with the demonstration."""

    environment: ClassVar[dict[str, str]] = {}  # of the daemon

    def setUp(self) -> None:
        daemon = Daemon({"backends": DEMO}, self.environment)
        self.daemon = daemon.__enter__()
        self.addCleanup(daemon.__exit__, None, None, None)
        self.native = Native(self.daemon)
        self.folder = self.daemon.folder / "client"
        self.folder.mkdir()
        self.url = f"{self.daemon.url}/mcp"

    def with_client(self, server: Any, use: Callable[[Client], Awaitable[None]], mode: str = "auto") -> None:
        """Let the official client do something."""

        async def run() -> None:
            async with Client(server, mode=mode, read_timeout_seconds=60) as client:
                await use(client)

        asyncio.run(asyncio.wait_for(run(), 60))

    def last_session(self) -> Any:
        """The session that was used last."""
        return self.native.ask("sessions?limit=1")[1]["sessions"][0]

    def wait_until_cancelled(self) -> None:
        """The last session's prompt is given up."""

        def cancelled() -> bool:
            return bool(self.last_session()["status"] == "cancelled")

        wait_for(cancelled, 10, "the session is cancelled")
