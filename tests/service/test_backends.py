"""Which backends there are, and which are wanted."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.config import Backend, Config, ConfigError
from clinvoker.interfaces import IBackend
from clinvoker.service.backends import by_name, enabled, installed, overrides
from clinvoker.settings import Override
from clinvoker.testing.backend import PlainBackend


class InstalledTests(SynchronousTestCase):
    """Backends are found as plugins."""

    def test_own(self) -> None:
        """Those of the house are bound, and are what they promise."""
        found = installed()
        self.assertLessEqual({"claude", "codex", "demo", "gemini"}, found.keys())
        for backend in found.values():
            verifyObject(IBackend, backend)

    def test_two_of_one_name(self) -> None:
        """Which of them would answer is not left to chance."""
        error = self.assertRaises(ConfigError, by_name, [PlainBackend("a"), PlainBackend("a")])
        self.assertEqual(
            ("backends.a: Two plugins have this name: PlainBackend and PlainBackend",), error.complaints
        )


class EnabledTests(SynchronousTestCase):
    """What the configuration wants."""

    def wanted(self, found: set[str], said: Mapping[str, Backend] = {}) -> list[str]:
        """The names that answer where the programs of `found` are there."""
        backends = {name: PlainBackend(name) for name in ("claude", "codex", "demo")}
        config = Config(backends=said)
        return [*enabled(backends, config, lambda backend: "/x" if backend.name in found else "")]

    def test_real_one_found(self) -> None:
        """The stand-in is off where a real program is found; a missing one may be installed later."""
        self.assertEqual(["claude", "codex"], self.wanted({"claude", "demo"}))

    def test_none_found(self) -> None:
        """The stand-in is on where none is found."""
        self.assertEqual(["claude", "codex", "demo"], self.wanted({"demo"}))

    def test_said(self) -> None:
        """What is said holds."""
        said = {"claude": Backend(enabled=False), "demo": Backend(enabled=True)}
        self.assertEqual(["codex", "demo"], self.wanted({"claude", "codex", "demo"}, said))
        said = {"demo": Backend(enabled=False)}
        self.assertEqual(["claude", "codex"], self.wanted({"demo"}, said))

    def test_disabled_does_not_count(self) -> None:
        """A program that is there but disabled leaves room for the stand-in."""
        said = {"claude": Backend(enabled=False)}
        self.assertEqual(["codex", "demo"], self.wanted({"claude", "demo"}, said))

    def test_overrides(self) -> None:
        """What is said of a program reaches who starts it."""
        said = Backend(program="/p", arguments=("-x",), environment={"A": "b"}, pass_environment=("C",))
        expected = Override(program="/p", arguments=("-x",), environment={"A": "b"}, pass_environment=("C",))
        self.assertEqual({"claude": expected}, overrides(Config(backends={"claude": said})))

    def test_allowed_tools(self) -> None:
        """Tools that need not be asked for are an argument of agents at work."""
        found = overrides(Config(backends={"claude": Backend(allowed_tools="Bash(git log:*),Read")}))
        self.assertEqual(("--allowedTools=Bash(git log:*),Read",), found["claude"].at_work)
