"""What the shell is told."""

from __future__ import annotations

import os

from click.shell_completion import ShellComplete
from click.testing import CliRunner

import clinvoker.client.completing
from clinvoker.client.main import main
from tests.client.test_config_commands import ConfigTestCase


class CompletingTests(ConfigTestCase):
    def setUp(self) -> None:
        super().setUp()
        os.environ["CLINVK_PORT"] = "1"  # nobody listens there

    def offered(self, *words: str, begun: str = "") -> list[str]:
        """What is offered after these words for what was begun."""
        complete = ShellComplete(main, {}, "clinvk", clinvoker.client.completing.VARIABLE)
        return [item.value for item in complete.get_completions(list(words), begun)]

    def known(self, answers: dict[str, object]) -> None:
        """A daemon that answers this, by the beginnings of paths."""

        def asked(context: object, path: str) -> object:
            return next((answers[begun] for begun in answers if path.startswith(begun)), None)

        self.patch(clinvoker.client.completing, "_asked", asked)

    def test_scripts(self) -> None:
        """Lines for each shell."""
        for shell in ("bash", "zsh", "fish"):
            result = CliRunner().invoke(main, ["completion", shell])
            self.assertEqual(0, result.exit_code, result.output)
            self.assertIn("_CLINVK_COMPLETE", result.output)
        self.assertEqual(1, CliRunner().invoke(main, ["completion", "tcsh"]).exit_code)

    def test_commands(self) -> None:
        """F130: commands, and their commands and flags."""
        self.assertEqual(["compare", "completion", "config"], sorted(self.offered(begun="co")))
        self.assertEqual(["create"], self.offered("keys", begun="c"))
        self.assertIn("--max-parallel", self.offered("parallel", begun="--m"))

    def test_keys(self) -> None:
        """Keys of the configuration."""
        self.assertEqual(["server.port"], self.offered("config", "get", begun="server.p"))

    def test_alone(self) -> None:
        """Without a daemon, names that are known anyway, and no session."""
        self.assertEqual(["claude", "codex"], self.offered("-b", begun="c"))
        self.assertEqual(["fast"], self.offered("-m", begun="f"))
        self.assertEqual([], self.offered("resume"))

    def test_daemon(self) -> None:
        """What a daemon knows: its programs, its models, the sessions used last."""
        self.known(
            {
                "/api/v1/backends": {"backends": [{"name": "mine"}]},
                "/openai/v1/models": {"data": [{"id": "mine/large"}]},
                "/api/v1/sessions": {"sessions": [{"id": "ab" * 16, "title": "T"}, {"id": "cd" * 16}]},
            }
        )
        self.assertEqual(["mine"], self.offered("-b"))
        self.assertEqual(["mine/large"], self.offered("sessions", "list", "-m", begun="m"))
        for words in (["resume"], ["sessions", "show"], ["sessions", "delete"]):
            self.assertEqual(["abababab"], self.offered(*words, begun="ab"))

    def test_bad_configuration(self) -> None:
        """A configuration that cannot be used is no reason to fail."""
        self.written("server: {port: x}\n")
        self.assertEqual(["claude", "codex"], self.offered("-b", begun="c"))
