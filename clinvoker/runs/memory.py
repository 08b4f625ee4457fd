"""
What memory processes take and what the machine has left, read from `/proc`.  Linux only.

Pages that processes share are counted with each of them: the true sum costs milliseconds to know.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> int:
    """Bytes in memory of a process and all its descendants; 0 if it has ended."""
    return _own(pid) + sum(map(resident, _children(pid)))


def available() -> int:
    """Bytes that can be given to processes without swapping."""
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def _own(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def _children(pid: int) -> Iterator[int]:
    """Each thread has children of its own."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        yield from map(int, _read(f"/proc/{pid}/task/{thread}/children").split())


def _read(path: str) -> str:
    """The text of a file; none if what it tells of has ended."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
