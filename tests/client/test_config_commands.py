"""`clinvk config`: F125, F132-F134, F136."""

from __future__ import annotations

import json
import os
from pathlib import Path

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.client.main import main

COMMENTED = """\
# What I think of it.
server:
  # my port
  port: 80  # low
  allowed_hosts:  # of the house
    - a.lan

log:
  level: warn
"""


class ConfigTestCase(SynchronousTestCase):
    """Commands with a home of their own."""

    def setUp(self) -> None:
        self.home = Path(self.mktemp()).absolute()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CLINVK_")}
        self.patch(os, "environ", {**clean, "HOME": str(self.home), "CLINVK_HOME": str(self.home)})
        self.file = self.home / "config.yaml"

    def config(self, *words: str) -> Result:
        """What becomes of the command."""
        return CliRunner().invoke(main, ["config", *words])

    def good(self, *words: str) -> str:
        """What it prints, having succeeded."""
        result = self.config(*words)
        self.assertEqual(0, result.exit_code, result.output)
        return result.stdout

    def refused(self, *words: str) -> str:
        """What it says on stderr, ending with 3."""
        result = self.config(*words)
        self.assertEqual(3, result.exit_code, result.output)
        return result.stderr

    def written(self, text: str) -> None:
        """The file has this text."""
        self.home.mkdir(exist_ok=True)
        self.file.write_text(text)


class SettingTests(ConfigTestCase):
    """What changes the file."""

    def test_types(self) -> None:
        """A number is kept as a number, a list as a list, and what was set can be got."""
        for key, value, kept in (
            ("default_backend", "codex", "default_backend: codex"),
            ("server.port", "9001", "port: 9001"),
            ("output.color", "false", "color: false"),
            ("server.allowed_hosts", "a.lan,b.lan", "- b.lan"),
            ("session.retention_days", "7", "retention_days: 7.0"),
            ("backends.claude.environment.A", "1", "A: '1'"),
            ("models.gpt-5.5", "codex/gpt-5.5", "gpt-5.5: codex/gpt-5.5"),
        ):
            self.good("set", key, value)
            self.assertIn(kept, self.file.read_text())
        self.assertEqual("codex\n", self.good("get", "default_backend"))
        self.assertEqual(["a.lan", "b.lan"], json.loads(self.good("get", "--json", "server.allowed_hosts")))

    def test_comments(self) -> None:
        """All else stays as it is, comments too."""
        self.written(COMMENTED)
        self.good("set", "server.port", "81")
        self.assertEqual(COMMENTED.replace("80  #", "81  #"), self.file.read_text())
        self.good("set", "server.host", "localhost")
        self.assertEqual(
            COMMENTED.replace("80  # low\n", "81  # low\n  host: localhost\n"),
            self.file.read_text(),
        )

    def test_only_comments(self) -> None:
        """The sample keeps all of its explanations."""
        self.good("init")
        sample = self.file.read_text()
        self.good("set", "limits.runs", "3")
        left = [line for line in self.file.read_text().splitlines() if line not in sample.splitlines()]
        self.assertEqual(["  runs: 3"], left)
        self.good("unset", "limits.runs")
        self.assertEqual("64\n", self.good("get", "limits.runs"))
        self.written("# nothing yet\n")
        self.good("set", "limits.runs", "4")
        self.assertEqual("# nothing yet\n\nlimits:\n  runs: 4\n", self.file.read_text())

    def test_unset(self) -> None:
        """What is taken out has its default, and nothing empty is left."""
        self.written(COMMENTED)
        self.good("unset", "log.level")
        self.assertNotIn("log:", self.file.read_text())
        self.assertIn("# of the house", self.file.read_text())
        self.assertIn("is not set", self.good("unset", "log.level"))

    def test_refused(self) -> None:
        """Unknown keys, values of another kind and what could not be used change nothing."""
        self.written(COMMENTED)
        for key, value, expected in (
            ("server.prot", "1", "did you mean 'port'?"),
            ("server.request_timeout_secs", "1", "limits.request_secs"),
            ("server.port", "many", "server.port: "),
            ("server.port", "70000", "server.port: "),
            ("server.host", "0.0.0.0", "there are no API keys"),
            ("server", "1", "server: "),
            ("default_backend", "codx", "did you mean 'codex'?"),
        ):
            self.assertIn(expected, self.refused("set", key, value))
            self.assertEqual(COMMENTED, self.file.read_text())

    def test_repair(self) -> None:
        """A file with a fault can be mended key by key."""
        self.written("server: {port: many, host: 3}\nlog: {level: loud}\n")
        self.good("set", "server.port", "80")
        self.good("unset", "log.level")
        self.assertIn("80", self.file.read_text())

    def test_modes(self) -> None:
        """A new file is its owner's alone; the mode of one that is there, and a link to it, stay."""
        self.good("set", "server.port", "80")
        self.assertEqual(0o600, self.file.stat().st_mode & 0o777)
        self.assertEqual(0o700, self.home.stat().st_mode & 0o777)
        self.file.chmod(0o644)
        link = self.home / "link.yaml"
        link.symlink_to(self.file)
        self.good("--config", str(link), "set", "server.port", "81")
        self.assertEqual(0o644, self.file.stat().st_mode & 0o777)
        self.assertTrue(link.is_symlink())
        self.assertEqual("81\n", self.good("get", "server.port"))
        self.assertEqual([], [*self.home.glob(".config*")])

    def test_named_file(self) -> None:
        """--config says which file, before and after the command."""
        other = self.home / "other.yaml"
        self.good("set", "server.port", "82", "--config", str(other))
        self.assertFalse(self.file.exists())
        self.assertEqual(f"{other}\n", self.good("--config", str(other), "path"))
        self.assertEqual("82\n", self.good("--config", str(other), "get", "server.port"))

    def test_over_it(self) -> None:
        """It is told if a variable holds before what was set."""
        os.environ["CLINVK_PORT"] = "85"
        self.assertIn("CLINVK_PORT", self.good("set", "server.port", "82"))
        self.assertEqual("85\n", self.good("get", "server.port"))


class ShowingTests(ConfigTestCase):
    """What looks at it."""

    def test_show(self) -> None:
        """All keys with their values, in order and as JSON."""
        self.written(COMMENTED)
        lines = self.good("show").splitlines()
        for line in ("server.port: 80", "server.host: 127.0.0.1", "backends.claude.enabled: auto"):
            self.assertIn(line, lines)
        self.assertEqual(80, json.loads(self.good("show", "--json"))["server"]["port"])

    def test_origin(self) -> None:
        """F133: with the flag, the variable, the file or the default that said so."""
        self.written(COMMENTED)
        os.environ["CLINVK_BACKEND"] = "codex"
        told = json.loads(self.good("show", "--origin", "--json"))
        self.assertEqual({"value": "codex", "origin": "CLINVK_BACKEND"}, told["default_backend"])
        self.assertEqual(str(self.file), told["server"]["port"]["origin"])
        self.assertEqual("default", told["server"]["host"]["origin"])
        self.assertIn("--backend", self.good("show", "--origin", "-b", "gemini").splitlines()[1])

    def test_secrets(self) -> None:
        """What programs are told in their environment is not shown in passing."""
        self.good("set", "backends.claude.environment.ANTHROPIC_API_KEY", "hush-hush")
        self.assertNotIn("hush-hush", self.good("show") + self.good("show", "--json", "--origin"))
        self.assertEqual("hush-hush\n", self.good("get", "backends.claude.environment.ANTHROPIC_API_KEY"))

    def test_section(self) -> None:
        """All keys below one; and a name that is not there."""
        self.assertIn("log.level: info\n", self.good("get", "log"))
        self.assertIn("no such name", self.refused("get", "models.mine"))

    def test_validate(self) -> None:
        """F136: everything that is wrong, each with its key; or that all is good."""
        self.assertIn("good", self.good("validate"))
        self.written("server: {port: many, prot: 1}\nlog: {level: loud}\nbackends: {cloud: {}}\n")
        said = self.refused("validate")
        for key in ("server.port: ", "server.prot: ", "log.level: ", "backends.cloud: "):
            self.assertIn(f"clinvk: {key}", said)
        result = self.config("validate", "--json")
        self.assertEqual(3, result.exit_code)
        self.assertEqual(4, len(json.loads(result.stdout)["errors"]))

    def test_user(self) -> None:
        """As whom programs are to run is looked up, as the daemon does when it starts."""
        self.written("confinement: {user: root}\n")
        self.assertIn("confinement.user: root is held by nothing", self.refused("validate"))
        self.written("confinement: {user: nobody-of-this-name}\n")
        self.assertIn("There is no user 'nobody-of-this-name'", self.refused("validate"))
        self.written("confinement: {user: nobody}\n")
        self.assertIn("good", self.good("validate"))

    def test_not_yaml(self) -> None:
        """A file that is no YAML has its place told, and is not written over."""
        self.written("server: [\n")
        self.assertIn("Not YAML in line", self.refused("validate"))
        self.assertIn("not YAML", self.refused("set", "server.port", "1"))
        self.assertEqual("server: [\n", self.file.read_text())

    def test_init(self) -> None:
        """A file that explains every key; never over another."""
        self.good("init")
        self.assertIn("# Configuration of clinvoker.", self.file.read_text())
        self.assertEqual(0o600, self.file.stat().st_mode & 0o777)
        self.assertIn("good", self.good("validate"))
        self.assertIn("stays as it is", self.refused("init"))

    def test_missing(self) -> None:
        """A file that is named and not there."""
        self.assertIn("no such file", self.refused("--config", "/nowhere.yaml", "show"))
