"""Keys by name, and where their values come from."""

from __future__ import annotations

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import ConfigError
from clinvoker.config.origins import defaults, settled
from clinvoker.config.paths import UnknownKey, leaves, path_of
from clinvoker.config.values import File


class PathTests(SynchronousTestCase):
    """Dotted names."""

    def test_known(self) -> None:
        """Every key can be named, in sections and in what has names of the user's own."""
        names = [".".join(path) for path, _ in leaves(msgspec.to_builtins(File()))]
        for name in (*names, "backends.mine.model", "backends.mine.environment.A", "server"):
            self.assertEqual(tuple(name.split(".")), path_of(name))

    def test_models(self) -> None:
        """A model's name has dots itself."""
        self.assertEqual(("models", "gpt-5.5"), path_of("models.gpt-5.5"))
        self.assertEqual(("models", "a.b", "workdir"), path_of("models.a.b.workdir"))

    def test_earlier(self) -> None:
        """A name of the earlier program that means the same."""
        self.assertEqual(("backends", "claude", "arguments"), path_of("backends.claude.extra_flags"))

    def test_unknown(self) -> None:
        """What is none is told with what was probably meant, also by its name in the earlier program."""
        for name, expected in (
            ("server.prot", "'port'"),
            ("server.request_timeout_secs", "limits.request_secs"),
            ("backends.claude.modle", "'model'"),
            ("server.port.low", "one value"),
            ("server..port", "no name"),
        ):
            self.assertIn(expected, str(self.assertRaises(UnknownKey, path_of, name)))


class OriginTests(SynchronousTestCase):
    """F133: a flag holds before the environment, that before the file, that before the default."""

    def origins(
        self, text: str = "", environ: dict[str, str] | None = None, **flags: object
    ) -> dict[str, tuple]:
        said = {f"--{name}": {"default_backend": value} for name, value in flags.items()}
        found = settled(text, environ or {}, said, ["claude"], "/c.yaml")
        return {setting.name: (setting.value, setting.origin) for setting in found}

    def test_order(self) -> None:
        """Each in its turn."""
        text, environ = "default_backend: a", {"CLINVK_BACKEND": "b"}
        self.assertEqual(("", "default"), self.origins()["default_backend"])
        self.assertEqual(("a", "/c.yaml"), self.origins(text)["default_backend"])
        self.assertEqual(("b", "CLINVK_BACKEND"), self.origins(text, environ)["default_backend"])
        self.assertEqual(("c", "--backend"), self.origins(text, environ, backend="c")["default_backend"])

    def test_all(self) -> None:
        """F132: every key is there, those of each backend too."""
        found = self.origins("backends: {mine: {model: x}}")
        for path, _ in leaves(defaults(["claude", "mine"])):
            self.assertIn(".".join(path), found)

    def test_nested(self) -> None:
        """A variable of any key, and one that stands for a whole mapping."""
        found = self.origins(
            "", {"CLINVK_LIMITS__RUNS": "3", "CLINVK_MODELS": "", "CLINVK_CLAUDE_MODEL": "m"}
        )
        self.assertEqual((3, "CLINVK_LIMITS__RUNS"), found["limits.runs"])
        self.assertEqual(("m", "CLINVK_CLAUDE_MODEL"), found["backends.claude.model"])

    def test_endpoints(self) -> None:
        """A port of the environment is not outdone by endpoints of the file: they do not hold."""
        found = self.origins("server: {listen: ['unix:/a']}", {"CLINVK_PORT": "1"})
        self.assertEqual(([], "default"), found["server.listen"])

    def test_wrong(self) -> None:
        """What is wrong is told."""
        self.assertRaises(ConfigError, self.origins, "server: {port: x}")
