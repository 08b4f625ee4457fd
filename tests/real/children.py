"""
The processes of a test: starting them, waiting for something, and counting what they left.

Everything here looks at `/proc`, so the real tests are for Linux.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

PAUSE = 0.02


def wait_for(look: Callable[[], Found], seconds: float, what: str) -> Found:
    """Look again and again until the answer is true.  Raises `AssertionError` naming `what`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(PAUSE)
    return found


def marked(marker: str) -> set[int]:
    """
    The processes, this one excepted, that carry a text in their environment or stand in a
    folder that begins so.  Zombies have neither and are not found.
    """
    return {pid for pid in pids() if pid != os.getpid() and _carries(pid, marker.encode())}


def pids() -> list[int]:
    """Every process there is."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _carries(pid: int, marker: bytes) -> bool:
    place = Path("/proc", str(pid))
    try:
        return marker in place.joinpath("environ").read_bytes() or os.readlink(
            bytes(place / "cwd")
        ).startswith(marker)
    except OSError:
        return False


def children_of(pid: int) -> set[int]:
    """Its own processes, the dead that it has not waited for included."""
    return {other for other in pids() if _stat(other)[1] == str(pid)}


def zombies_of(pid: int) -> int:
    """How many dead children a process has not waited for."""
    return sum(1 for other in pids() if _stat(other)[:2] == ("Z", str(pid)))


def _stat(pid: int) -> list[str] | tuple[str, ...]:
    """State, parent and what follows; the name before it may hold anything."""
    try:
        text = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return ("", "")
    return tuple(text.rpartition(")")[2].split())


def descriptors(pid: int) -> int:
    """How many file descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident(pid: int) -> int:
    """Memory of a process, in kB (its resident set)."""
    for line in Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def kill_marked(marker: str) -> None:
    """End whatever a test left."""
    for pid in marked(marker):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def first_line(process: subprocess.Popen[bytes]) -> str:
    """The first line a process prints.  Raises `AssertionError` if it ends without one."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{process.args!r} ended with {process.wait()}"
    return line.decode().strip()
