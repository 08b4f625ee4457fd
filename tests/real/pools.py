"""What the tests of the pool ask a daemon and its machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.real.children import wait_for
from tests.real.rigs import RealTestCase


class RealPoolTestCase(RealTestCase):
    """The processes of a daemon, by what `/health` says and by what the machine knows."""

    shared = False

    def agents(self, backend: str) -> dict[str, Any]:
        """How many processes do what: `clinvoker.model.Census`."""
        found: dict[str, Any] = self.health(backend)["agents"]
        return found

    def leaders(self) -> list[int]:
        """The processes of agents, their descendants left out."""
        return [pid for pid in self.daemon.children() if _is_agent(pid)]

    def full(self, **warm: int) -> bool:
        """
        Whether so many of each backend are ready for whoever comes next, and it has no other process.  With
        one principal that may be one that was used.
        """
        each = {}
        for name in warm:
            agents = self.agents(name)
            each[name] = agents["blank"] + agents["idle"], self.health(name)["processes"]
        return each == {name: (number, number) for name, number in warm.items()}

    def wait_until_full(self, seconds: float, **warm: int) -> None:
        """The same, in time; the machine knows of as many."""
        wait_for(lambda: self.full(**warm), seconds, f"only {warm} are there: {self.daemon.get('/health')}")
        wait_for(lambda: len(self.leaders()) == sum(warm.values()), 5, "and no other process")


def _is_agent(pid: int) -> bool:
    """Each agent leads a group of its own and has a word of the guardian's; the guardian has none."""
    try:
        return os.getpgid(pid) == pid and b"CLINVOKER_RUN=" in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
