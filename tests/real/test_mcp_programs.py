"""The real Claude Code and Codex with the daemon as one of their MCP servers: their model calls its tools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, ClassVar

from clinvoker.backends.codex.catalogue import catalogue
from tests.real.chats import COUNTING
from tests.real.clis import MISSING, installed
from tests.real.mcps import CLINVK, McpTestCase, environment, over_http
from tests.real.provider import ProviderProcess

CALL = '{"backend":"demo","prompt":"demo: words=3 pause_ms=0"}\n!next say All done.'
# Claude Code shows the model the names of an MCP server's tools; their schemas it has to ask for.
NAME = "mcp__clinvoker__clinvk_prompt"
LOOK = f'!tool ToolSearch {{"query":"select:{NAME}","max_results":1}}\n!next tool {NAME} {CALL}'


class ProgramTestCase(McpTestCase):
    """A program with a provider that is imitated, and with the demonstration behind the daemon."""

    skip: ClassVar[str | None] = None if len(installed()) == 3 else MISSING

    def setUp(self) -> None:
        super().setUp()
        provider = ProviderProcess()
        self.provider = provider.__enter__()
        self.addCleanup(provider.__exit__, None, None, None)

    def ran(self, command: list[str], more: dict[str, str]) -> str:
        """What a program prints.  Fails if it ends with an error."""
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env={**environment(self.folder), **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
        )
        self.assertEqual(0, ended.returncode, f"{ended.stdout}\n{ended.stderr}\n{self.daemon.log()[-2000:]}")
        return ended.stdout

    def assert_called(self, said: str) -> None:
        """The model's call was carried out, and its result told to the model."""
        self.assertIn("All done.", said)
        asked = [
            each for each in self.provider.entries() if each["body"] and not each["path"].endswith(COUNTING)
        ]
        self.assertIn("word1 word2 word3", json.dumps(asked[-1]["body"]))
        session = self.last_session()
        self.assertEqual(
            ("demo", "completed", ["mcp"]), tuple(session[k] for k in ("backend", "status", "tags"))
        )


class ClaudeTests(ProgramTestCase):
    """Claude Code, told of the server by `--mcp-config`."""

    def told(self, server: dict[str, Any]) -> str:
        """What it prints."""
        config = json.dumps({"mcpServers": {"clinvoker": server}})
        flags = ["--mcp-config", config, "--strict-mcp-config", "--allowedTools", "mcp__clinvoker"]
        more = {
            "ANTHROPIC_BASE_URL": self.provider.url,
            "ANTHROPIC_API_KEY": "fake",
            "DISABLE_TELEMETRY": "1",
        }
        return self.ran([installed()["claude"], "-p", LOOK, *flags], more)

    def test_url(self) -> None:
        """The daemon's own URL."""
        self.assert_called(self.told({"type": "http", "url": self.url}))

    def test_command(self) -> None:
        """The command, which it starts."""
        program, *arguments = [*CLINVK, "mcp", "--server", self.daemon.url]
        server = {"command": program, "args": arguments, "env": environment(self.folder)}
        self.assert_called(self.told({"type": "stdio", **server}))

    def test_listening(self) -> None:
        """The command, where it listens."""
        with over_http(self.folder, "--server", self.daemon.url) as url:
            self.assert_called(self.told({"type": "http", "url": url}))


class CodexTests(ProgramTestCase):
    """Codex, told of the server by its configuration."""

    def told(self, server: dict[str, Any]) -> str:
        """What it prints."""
        models = Path(self.folder, "models.json")
        models.write_text(catalogue())
        settings = {
            "model": "gpt-5.5",
            "model_catalog_json": str(models),
            "model_provider": "fake",
            "model_providers.fake.name": "fake",
            "model_providers.fake.base_url": f"{self.provider.url}/v1",
            "model_providers.fake.env_key": "FAKE_KEY",
            "model_providers.fake.supports_websockets": False,
            **{f"mcp_servers.clinvoker.{name}": value for name, value in server.items()},
            "mcp_servers.clinvoker.default_tools_approval_mode": "approve",
        }
        said = [word for name, value in settings.items() for word in ("-c", f"{name}={json.dumps(value)}")]
        return self.ran(
            [installed()["codex"], "exec", "--skip-git-repo-check", *said, f"!tool clinvk_prompt {CALL}"],
            {"FAKE_KEY": "x"},
        )

    def test_url(self) -> None:
        """The daemon's own URL."""
        self.assert_called(self.told({"url": self.url}))

    def test_command(self) -> None:
        """The command, which it starts."""
        program, *arguments = [*CLINVK, "mcp", "--server", self.daemon.url]
        self.assert_called(self.told({"command": program, "args": arguments}))
