"""
The daemon under measure: the real one, in a process of its own, before programs that cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.figures import cpu_us, memory_kb
from tests.real.daemon import Daemon

OTHERS = ("claude", "codex", "gemini", "demo")


def settings(backends: Mapping[str, Mapping[str, Any]], streams: int = 64) -> dict[str, Any]:
    """
    A configuration with these backends alone, and with room for so many answers at a time.  No process
    is started ahead of need, and none that has served a conversation serves another one.
    """
    off = {name: {"enabled": False} for name in OTHERS if name not in backends}
    on = {name: {"enabled": True, "warm": 0, **given} for name, given in backends.items()}
    room = max(streams, 16)
    return {
        "backends": {**off, **on},
        "limits": {"runs": room, "queue": room, "processes": room},
        "agents": {"max_processes": 2 * room, "reuse": "never"},
    }


class Measured(Daemon):
    """A daemon whose CPU and memory are looked at from outside."""

    @property
    def pid(self) -> int:
        """Its process; its programs and its guardian are others."""
        return self.process.pid

    def cpu_us(self) -> float:
        """Microseconds on a processor so far."""
        return cpu_us(self.pid)

    def memory_kb(self) -> int:
        """What is resident now."""
        return memory_kb(self.pid)
