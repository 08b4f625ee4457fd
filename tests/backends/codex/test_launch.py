"""How the program is started."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex import CodexAgent, CodexBackend
from clinvoker.backends.codex.catalogue import MODELS
from clinvoker.backends.codex.launch import CHAT
from clinvoker.errors import BadRequest
from clinvoker.model import DIRECTORY, Image, Invocation, Link, Message
from clinvoker.testing.contract import backend_tests
from tests.backends.codex.playing import asking

BackendTests = backend_tests(CodexBackend)


def _settings() -> dict[str, object]:
    flags = CHAT.arguments[2:]
    assert set(flags[::2]) == {"-c"}
    pairs = [flag.partition("=") for flag in flags[1::2]]
    return {key: json.loads(value) for key, _, value in pairs}


class LaunchTests(SynchronousTestCase):
    """The launch of chats."""

    def test_one_for_all(self) -> None:
        """One process serves all models."""
        backend = CodexBackend()
        self.assertEqual(backend.launch(asking(model="gpt-5.5")), backend.launch(asking("other")))

    def test_picture_elsewhere(self) -> None:
        """A picture that the program would have to fetch is the client's to send."""
        picture = Message("user", (Image(url="https://example.com/a.png"),))
        invocation = Invocation(model="", messages=(*asking().messages, picture))
        error = self.assertRaises(BadRequest, CodexBackend().launch, invocation)
        self.assertEqual("messages[1].content", error.param)

    def test_own_home(self) -> None:
        """The program's home is private, and only the login leads out of it."""
        self.assertEqual({f"{DIRECTORY}/codex"}, set(CHAT.environment.values()))
        self.assertEqual({"CODEX_HOME", "CODEX_SQLITE_HOME"}, set(CHAT.environment))
        login = Link("codex/auth.json", ("$CODEX_HOME/auth.json", "~/.codex/auth.json"))
        self.assertEqual((login,), CHAT.links)

    def test_no_retries(self) -> None:
        """The program neither repeats a text nor waits for a network without end."""
        settings = _settings()
        self.assertEqual(0, settings["model_providers.clinvoker.request_max_retries"])
        self.assertEqual(0, settings["model_providers.clinvoker.stream_max_retries"])
        self.assertIs(False, settings["features.unbounded_connection_retries"])

    def test_no_tools(self) -> None:
        """Tools that act on the machine are off, and nothing is ever approved."""
        settings = _settings()
        for name in ("shell_tool", "unified_exec", "view_image", "apps", "hooks", "plugins"):
            self.assertIs(False, settings[f"features.{name}"])
        self.assertEqual("never", settings["approval_policy"])
        self.assertEqual("read-only", settings["sandbox_mode"])

    def test_catalogue(self) -> None:
        """The program knows the listed models by a catalogue in its home, in which no model has tools."""
        path = str(_settings()["model_catalog_json"]).replace(f"{DIRECTORY}/", "")
        models = json.loads(CHAT.files[path])["models"]
        self.assertEqual(MODELS, tuple(model["slug"] for model in models))
        self.assertEqual({"disabled"}, {model["shell_type"] for model in models})
        self.assertFalse([model for model in models if "tool_mode" in model])

    def test_agent(self) -> None:
        """Its agent bears its name."""
        agent = CodexBackend().agent(CHAT.placed("/nowhere"), None)  # type: ignore[arg-type]
        self.assertIsInstance(agent, CodexAgent)
