"""How the program is started."""

from __future__ import annotations

from fnmatch import fnmatchcase

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.claude import ClaudeAgent, ClaudeBackend
from clinvoker.backends.claude.launch import CHAT, ENVIRONMENT
from clinvoker.errors import BadRequest
from clinvoker.model import DIRECTORY
from clinvoker.testing.contract import backend_tests
from tests.backends.claude.playing import asking

BackendTests = backend_tests(ClaudeBackend)


class LaunchTests(SynchronousTestCase):
    """The launch of chats."""

    def test_one_for_all(self) -> None:
        """A process can be started before it is known what it is for."""
        backend = ClaudeBackend()
        self.assertEqual(backend.launch(asking(model="opus")), backend.launch(asking(("user", "other"))))

    def test_refused_before_the_start(self) -> None:
        """No process is started for what it cannot answer."""
        self.assertRaises(BadRequest, ClaudeBackend().launch, asking(("assistant", "well")))

    def test_nothing_of_the_users(self) -> None:
        """No tool, no server, no setting, no file named in a prompt has a part in a chat."""
        flags = {"--tools=", "--strict-mcp-config", "--setting-sources=", "--disable-slash-commands"}
        self.assertLessEqual(flags, set(CHAT.arguments))
        self.assertEqual("1", CHAT.environment["CLAUDE_CODE_DISABLE_ATTACHMENTS"])

    def test_leaves_nothing(self) -> None:
        """Sessions are not kept, and what it leaves behind is in the private directory."""
        self.assertIn("--no-session-persistence", CHAT.arguments)
        self.assertEqual(DIRECTORY, CHAT.environment["TMPDIR"])
        self.assertEqual(DIRECTORY, CHAT.environment["CLAUDE_CODE_TMPDIR"])

    def test_environment(self) -> None:
        """Logins pass; what a session of Claude Code says to its own children does not."""

        def passes(name: str) -> bool:
            return any(fnmatchcase(name, pattern) for pattern in ENVIRONMENT)

        for name in ("ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR", "AWS_PROFILE"):
            self.assertTrue(passes(name), name)
        for name in ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CLAUDE_CODE_SIMPLE"):
            self.assertFalse(passes(name), name)

    def test_agent(self) -> None:
        """Its agent bears its name."""
        agent = ClaudeBackend().agent(CHAT.placed("/nowhere"), None)  # type: ignore[arg-type]
        self.assertIsInstance(agent, ClaudeAgent)
