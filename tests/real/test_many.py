"""
Many requests in a row: nothing that is counted grows.  `script/bench cost` asks oftener.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from tests.real.many import figures_over
from tests.real.rigs import RealTestCase, Rig

REQUESTS = {"claude": 20, "codex": 40, "gemini": 40}


class ManyRequests(RealTestCase):
    """One daemon for all three, as it is in use."""

    settings: ClassVar[dict[str, Any]] = {"conversations": {"keep": 2}}
    counted: ClassVar[tuple[str, ...]] = ("descriptors", "processes", "zombies")

    @classmethod
    def configured(cls, rig: Rig) -> dict[str, Any]:
        """Nothing is started ahead of need: that would come at any time."""
        return {name: {**told, "warm": 0} for name, told in super().configured(rig).items()}

    def steady(self, model: str) -> None:
        """Half of the requests and all of them leave the same."""
        _, half, full = figures_over(self.daemon, model, REQUESTS[model], 2)
        for name in self.counted:
            self.assertLessEqual(full[name], half[name] + 1, f"{name}: {half} {full}")
        time.sleep(0.5)
        self.assertEqual(self.daemon.figures()["zombies"], 0)

    def test_claude(self) -> None:
        """Two conversations stay; the processes of those before are used again."""
        self.steady("claude")

    def test_codex(self) -> None:
        """One process for all."""
        self.steady("codex")

    def test_gemini(self) -> None:
        """One process for all, its sessions' files removed."""
        self.steady("gemini")
