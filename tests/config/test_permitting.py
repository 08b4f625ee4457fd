"""Agent mode in the configuration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec

from clinvoker.agency import Agency, Approval, Sandbox
from clinvoker.config import Agent, AgentModel
from clinvoker.config.keys import unnamed
from tests.config.test_config import ConfigTestCase, read

DOCUMENT = Path(__file__).parents[2] / "docs" / "agent-mode.md"
KEYS = {"CLINVK_API_KEYS": "0123456789abcdef,fedcba9876543210"}
NAMES = [unnamed(key).name for key in KEYS["CLINVK_API_KEYS"].split(",")]


class BackendTests(ConfigTestCase):
    """What is said of backends' agents."""

    def test_usual(self) -> None:
        """Approval, sandbox and system prompt by backend; only claude has allowed tools."""
        text = "backends: {codex: {approval_mode: auto, sandbox_mode: full, system_prompt: Hi}}"
        said = read(text).backend("codex")
        self.assertEqual(("auto", "full", "Hi"), (said.approval_mode, said.sandbox_mode, said.system_prompt))
        [complaint] = self.complaints("backends: {codex: {allowed_tools: Read}}")
        self.assertIn("backends.codex.allowed_tools: Only claude has it", complaint)

    def test_credentials(self) -> None:
        """Not with every origin."""
        [complaint] = self.complaints("server: {cors_allow_credentials: true, cors_allowed_origins: ['*']}")
        self.assertIn("server.cors_allow_credentials: ", complaint)


class AgentTests(ConfigTestCase):
    """The section `agent`."""

    def test_default(self) -> None:
        """Nobody may, and nowhere."""
        self.assertEqual(((), ()), (read().agent.allowed_keys, read().agent.allowed_workdir_prefixes))

    def test_file(self) -> None:
        """Each key is taken; a list of blocked directories takes the place of the default one."""
        prefixes = "allowed_workdir_prefixes: [/srv], blocked_workdir_prefixes: []"
        text = f"agent: {{allowed_keys: [{NAMES[1]}], {prefixes}}}"
        expected = Agent(
            allowed_keys=(NAMES[1],), allowed_workdir_prefixes=("/srv",), blocked_workdir_prefixes=()
        )
        self.assertEqual(expected, read(text, KEYS).agent)

    def test_environment(self) -> None:
        """Lists are written with commas."""
        environ = {"CLINVK_AGENT__ALLOWED_KEYS": "*", "CLINVK_AGENT__ALLOWED_WORKDIR_PREFIXES": "/srv, /home"}
        agent = read("", environ).agent
        self.assertEqual((("*",), ("/srv", "/home")), (agent.allowed_keys, agent.allowed_workdir_prefixes))

    def test_unknown_key(self) -> None:
        """A name that no key has would let nobody in, which its owner should know."""
        [said] = self.complaints("agent: {allowed_keys: [key-9f9f511]}", KEYS)
        self.assertIn(
            "agent.allowed_keys: No key has the name 'key-9f9f511'; did you mean 'key-9f9f5111'?", said
        )

    def test_special_names(self) -> None:
        """All keys, and no key."""
        self.assertEqual(
            ("*", "anonymous"), read("agent: {allowed_keys: ['*', anonymous]}").agent.allowed_keys
        )

    def test_not_absolute(self) -> None:
        """A directory has to be absolute: relative to what would it be?"""
        for key in ("allowed_workdir_prefixes", "blocked_workdir_prefixes"):
            self.assertComplaint(f"agent.{key}: 'work' is not absolute", f"agent: {{{key}: [work]}}")

    def test_earlier_program(self) -> None:
        """The earlier program's keys are known by name."""
        [said] = self.complaints("server: {allowed_workdir_prefixes: [/srv]}")
        self.assertIn("here it is agent.allowed_workdir_prefixes", said)


class DocumentTests(ConfigTestCase):
    """docs/agent-mode.md."""

    def test_example(self) -> None:
        """What it shows is a configuration."""
        [example] = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
        config = read(example, KEYS)
        self.assertEqual(("/srv/work",), config.agent.allowed_workdir_prefixes)
        self.assertEqual({"coder"}, {*config.agent_models})

    def test_keys(self) -> None:
        """Each key of a request, and each word it can have, is explained."""
        text = DOCUMENT.read_text()
        for field in msgspec.structs.fields(Agency):
            name = f"{field.name}_mode" if field.name in ("approval", "sandbox") else field.name
            self.assertIn(f"| `{name}` |", text)
        for word in (*get_args(Approval), *get_args(Sandbox)):
            self.assertIn(f"`{word}`", text)


class ModelTests(ConfigTestCase):
    """Names that mean an agent at work."""

    TEXT = """
    models:
      coder: {backend: claude/opus, mode: agent, workdir: /srv, max_turns: 3}
      fast: claude/haiku
    """

    def test_model(self) -> None:
        """Both forms stand side by side."""
        config = read(self.TEXT)
        self.assertEqual({"coder": "claude/opus", "fast": "claude/haiku"}, config.models)
        coder = AgentModel(backend="claude/opus", mode="agent", workdir="/srv", max_turns=3)
        self.assertEqual({"coder": coder}, config.agent_models)

    def test_long_form(self) -> None:
        """The long form without a mode is a model like others; it can be the fallback too."""
        config = read("models: {fast: {backend: claude/haiku}, fallback: {backend: fast}}")
        self.assertEqual(({"fast": "claude/haiku"}, {}), (config.models, config.agent_models))
        self.assertEqual("fast", config.fallback)

    def test_wrong(self) -> None:
        """What is wrong is named by its place."""
        wrong = {
            "{backend: claude, mode: agent, workdir: srv}": "models.x.workdir: 'srv' is not absolute",
            "{backend: claude, workdir: /srv}": "models.x: All but the backend needs mode: agent",
        }
        for text, expected in wrong.items():
            self.assertComplaint(expected, f"models: {{x: {text}}}")
        for text, place in (
            ("{backend: claude, mode: root}", "models.x.mode: "),
            ("{backend: claude, work_dir: /srv}", "models.x.work_dir: Unknown key"),
            ("{backend: claud}", "models.x: 'claud' does not begin with a backend's name"),
            ("{mode: agent}", "models.x: '' does not begin with a backend's name"),
            ("[claude]", "models.x: "),
        ):
            [said] = self.complaints(f"models: {{x: {text}}}")
            self.assertTrue(said.startswith(place), said)
