"""What there is."""

from __future__ import annotations

from clinvoker.client.exits import API, CONFIG
from clinvoker.client.looking import models, reload, status
from clinvoker.errors import ConfigInvalid
from clinvoker.model import BackendHealth, Census
from clinvoker.settings import Reloaded
from tests.client.works import CommandCase


class ModelsTests(CommandCase):
    def test_table(self) -> None:
        """The names, with who made them; with -b those of one program; as JSON too."""
        self.done(models(self.work(), False))
        self.assertIn("claude/opus", self.said())
        self.done(models(self.work(backend="codex"), True))
        self.assertEqual({"codex"}, {each["name"].split("/")[0] for each in self.told()["models"]})


class StatusTests(CommandCase):
    def test_once(self) -> None:
        """Whether all is well, how much runs, and of each program its processes."""
        busy = BackendHealth(name="claude", state="ready", path="/c", version="2.1", agents=Census(busy=3))
        self.house.runs._health = [busy]
        self.assertEqual(0, self.done(status(self.work(), False, 0)))
        told = self.said()
        for words in ("ok, up 10s", "0 of 64 runs, 0 waiting", "claude", "2.1", "/c"):
            self.assertIn(words, told)

    def test_unhealthy(self) -> None:
        """Nothing works: it is told all the same, and the exit code is 1."""
        self.house.runs._health = [BackendHealth(name="claude", state="failing", last_error="It is old.")]
        self.assertEqual(1, self.done(status(self.work(), False, 0)))
        self.assertIn("claude: It is old.", self.said())

    def test_watch(self) -> None:
        """Again and again, until it is interrupted, which is no failure."""
        begun = self.begin(status(self.work(), False, 2.0))
        for _ in range(3):
            self.stub.flush()
            self.house.clock.advance(2)
            self.stub.flush()
        self.assertEqual(4, self.said().count("of 64 runs"))
        self.assertNoResult(begun)
        begun.cancel()
        self.assertEqual(0, self.successResultOf(begun))

    def test_key(self) -> None:
        """A daemon that wants a key says so."""
        self.house = type(self.house)(keys=(("ada", "secret"),))
        self.stub._agent._serverFactory = self.house.site  # type: ignore[attr-defined]
        self.assertEqual(API, self.done(status(self.work(), False, 0)))
        self.assertIn("CLINVK_API_KEY", self.err.getvalue())


class ReloadTests(CommandCase):
    def test_told(self) -> None:
        """What changed, and what will once the daemon is started anew."""
        found = Reloaded(changed=("limits.runs", "log.level"), needs_restart=("server.port",))
        self.house.site.settings.reload = lambda: found
        self.done(reload(self.work(), False))
        self.assertEqual(
            "Changed: limits.runs, log.level\nOnce the daemon is started anew: server.port\n", self.said()
        )
        self.done(reload(self.work(), True))
        self.assertEqual(["server.port"], self.told()["needs_restart"])

    def test_invalid(self) -> None:
        """What is wrong with it, and the exit code of configurations."""

        def refuse() -> Reloaded:
            raise ConfigInvalid(["limits.runs: Expected int >= 1"])

        self.house.site.settings.reload = refuse
        self.assertEqual(CONFIG, self.done(reload(self.work(), False)))
        self.assertIn("limits.runs", self.err.getvalue())
