"""Where programs are, and how often that is asked."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.runs.locating import Locations


class LocationsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.installed = {"claude": "/bin/claude"}
        self.searches: list[str] = []
        self.locations = Locations(self.clock, self.find, secs=30.0)

    def find(self, program: str) -> str:
        self.searches.append(program)
        return self.installed.get(program, "")

    def test_remembered(self) -> None:
        """F112: one search serves half a minute, that of a program which is not there too."""
        for _ in range(3):
            self.assertEqual("/bin/claude", self.locations.of("claude"))
            self.assertEqual("", self.locations.of("codex"))
            self.clock.advance(9.9)
        self.assertEqual(["claude", "codex"], self.searches)

    def test_changes_show(self) -> None:
        """What is installed or removed shows after that time."""
        self.locations.of("claude")
        self.installed.clear()
        self.clock.advance(29.9)
        self.assertEqual("/bin/claude", self.locations.of("claude"))
        self.clock.advance(0.1)
        self.assertEqual("", self.locations.of("claude"))

    def test_anew(self) -> None:
        """Who starts a program wants to know it now, and then all know it."""
        self.assertEqual("", self.locations.of("codex"))
        self.installed["codex"] = "/bin/codex"
        self.assertEqual("/bin/codex", self.locations.anew("codex"))
        self.assertEqual("/bin/codex", self.locations.of("codex"))
