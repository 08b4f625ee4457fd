"""
What a process has used, by /proc: CPU to the nanosecond, memory in kB.  Linux.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tests.real.children import pids

# One reading of /proc/PID/status, by the names of the kernel; all in kB.
RESIDENT = "VmRSS"
PEAK = "VmHWM"


def cpu_us(pid: int) -> float:
    """
    Microseconds on a processor, in its own code and in the kernel, of all threads that live.

    By the scheduler's own account (schedstat), where `stat` counts in ticks of 10 ms.
    """
    used = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        used += int(Path("/proc", str(pid), "task", task, "schedstat").read_text().split()[0])
    return used / 1000


def family_cpu(pid: int) -> float:
    """
    CPU seconds of a process, of all below it, and of all those that have ended and were waited for; in
    ticks of 10 ms.
    """
    ticks = 0
    for one in {pid, *descendants(pid)}:
        try:
            fields = Path("/proc", str(one), "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))  # own and waited for, in user's and kernel's mode
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_kb(pid: int, name: str = RESIDENT) -> int:
    """Memory of a process: what is resident now, or the most that ever was."""
    for line in Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def proportional_kb(pid: int) -> int:
    """Memory of a process where each page counts as a share among those that have it (PSS)."""
    for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def descendants(pid: int) -> set[int]:
    """All processes below one, itself excepted."""
    parents = {one: parent for one in pids() if (parent := _parent(one))}
    found: set[int] = set()
    while more := {one for one, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def total_kb(processes: Iterable[int]) -> int:
    """Memory of several processes together; those that have gone meanwhile count nothing."""
    total = 0
    for pid in processes:
        try:
            total += proportional_kb(pid)
        except OSError:
            continue
    return total


def _parent(pid: int) -> int:
    try:
        return int(Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
