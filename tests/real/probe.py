"""
A program that tries what it may, and writes what came of it to `seen` in its private directory.

Run as `python probe.py PORT DAEMON`: a port to connect to, and the process that started it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LIMITS = {"nofile": resource.RLIMIT_NOFILE, "fsize": resource.RLIMIT_FSIZE, "cpu": resource.RLIMIT_CPU}
FORKS = 60
MEMORY = 300 * 1024 * 1024


def tried(attempt: Callable[..., object], *given: Any) -> str:
    """What it was refused for, or `yes`."""
    try:
        attempt(*given)
    except (OSError, MemoryError, ValueError) as error:
        return getattr(error, "strerror", "") or type(error).__name__
    return "yes"


def listed(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def read(path: str) -> None:
    Path(path).expanduser().read_bytes()


def write(path: str) -> None:
    Path(path).expanduser().write_text("written")


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), 2).close()


def forked() -> int:
    """How many children there can be at once."""
    children = []
    with suppress(OSError):
        while len(children) < FORKS:
            child = os.fork()
            if child == 0:
                os.execvp("sleep", ["sleep", "20"])
            children.append(child)
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
    return len(children)


def look(port: int, daemon: int) -> dict[str, Any]:
    """All of it; the last may be the end of the process."""
    status = Path("/proc/self/status").read_text()
    return {
        "user": os.getuid(),
        "groups": os.getgroups(),
        "home": listed(os.path.expanduser("~")),
        "secret": tried(read, "~/.secret"),
        "shared": tried(read, "~/shared/file"),
        "kept": tried(write, "~/kept/file"),
        "scratch": tried(write, "~/scratch"),
        "system": tried(write, "/usr/written-by-a-probe"),
        "root": tried(write, "/written-by-a-probe"),
        "itself": tried(open, __file__, "a"),
        "work": tried(write, "written"),
        "sees daemon": os.path.exists(f"/proc/{daemon}"),
        "connects": tried(connect, port),
        "capabilities": [
            line.split()[1] for line in status.splitlines() if line.startswith(("CapEff", "CapBnd"))
        ],
        "groups of control": Path("/proc/self/cgroup").read_text(),
        "limits": {name: resource.getrlimit(number) for name, number in LIMITS.items()},
        "forked": forked(),
        "file": tried(os.truncate, "../seen", 3 * 1024 * 1024),
        "memory": tried(bytearray, MEMORY),
        "environment": dict(os.environ),
    }


if __name__ == "__main__":
    Path("../seen").touch()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    seen = look(int(sys.argv[1]), int(sys.argv[2]))
    Path("../seen").write_text(json.dumps(seen))
    print(json.dumps({"ready": 1}), flush=True)
    sys.stdin.read()
