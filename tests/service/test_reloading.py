"""The configuration read anew."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Config, ConfigError, read_config
from clinvoker.errors import ConfigInvalid, Draining
from clinvoker.service.reloading import Reload
from clinvoker.settings import Reloaded
from clinvoker.testing.backend import PlainBackend
from tests.service.test_service import JoinedCase

KEY = {"X-Api-Key": "0123456789abcdef"}


class ReloadTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.found: Config | ConfigError = Config()
        self.changes: list[tuple[Config, Config]] = []
        self.told: list[str] = []
        self.reload = Reload(
            Config(), self.load, lambda *both: self.changes.append(both), self.told.append, lambda: 2.5
        )

    def load(self) -> Config:
        if isinstance(self.found, ConfigError):
            raise self.found
        return self.found

    def test_changed(self) -> None:
        """What is there holds; the next time that is what was before."""
        self.found = read_config("limits: {runs: 3}")
        self.assertEqual(Reloaded(changed=("limits.runs",)), self.reload())
        self.assertEqual(Reloaded(), self.reload())
        self.assertEqual([(Config(), self.found), (self.found, self.found)], self.changes)

    def test_invalid(self) -> None:
        """What cannot be used changes nothing, and everything that is wrong is told."""
        self.found = ConfigError(["limits.runs: no", "log.level: no"])
        error = self.assertRaises(ConfigInvalid, self.reload)
        self.assertEqual(("limits.runs: no", "log.level: no"), error.complaints)
        self.reload.on_signal()
        self.assertEqual([], self.changes)
        self.assertEqual("READY=1", self.told[-1])

    def test_fixed(self) -> None:
        """What needs another start is named each time, and is not changed."""
        self.found = read_config("server: {port: 9}\nlimits: {runs: 3}")
        self.assertEqual(("limits.runs",), self.reload().changed)
        told = self.reload()
        self.assertEqual(((), True), (told.changed, "server.listen" in told.needs_restart))
        self.assertEqual(Config().server, self.changes[0][1].server)

    def test_bug(self) -> None:
        """A configuration that cannot be put into force was not: the next time it is tried again."""
        self.found = read_config("limits: {runs: 3}")
        self.reload._change = lambda old, new: None if self.changes else 1 // 0
        self.assertRaises(ZeroDivisionError, self.reload)
        self.assertEqual("READY=1", self.told[-1])
        self.changes.append((Config(), self.found))
        self.assertEqual(Reloaded(changed=("limits.runs",)), self.reload())

    def test_stopping(self) -> None:
        """A daemon that stops takes nothing any more, and says no more that it is ready."""
        self.reload._is_stopping = lambda: True
        self.assertRaises(Draining, self.reload)
        self.reload.on_signal()
        self.assertEqual(([], []), (self.changes, self.told))

    def test_systemd(self) -> None:
        """It is told when it begins and when it is over."""
        self.reload()
        self.assertEqual(["RELOADING=1\nMONOTONIC_USEC=2500000", "READY=1"], self.told)


class JoinedTests(JoinedCase):
    """In a daemon, asked for over HTTP."""

    def reload(self, *texts: str, **more: str) -> None:
        """A daemon whose file is the next of these each time it is read; `more` are secrets, by path."""
        backends = {"plain": PlainBackend(), "other": PlainBackend("other")}
        found = iter(texts)
        program = "{program: /bin/sh}"

        def load() -> Config:
            text = next(found)
            if "backends" not in text:
                text += f"\nbackends: {{plain: {program}, other: {program}}}"
            return read_config(text, backends=backends, read_secret=lambda path: more[path])

        daemon = self.begin(load, backends)
        self.addCleanup(daemon.stopService)

    def post(self) -> bytes:
        return self.get("/api/v1/reload", "POST", KEY)

    def listed(self) -> bytes:
        return self.get("/openai/v1/models", "GET", KEY).partition(b"\r\n\r\n")[2]

    def test_changes(self) -> None:
        """F137: another configuration holds at once, and defaults where it says nothing."""
        without = "models: {fast: plain}\nbackends: {plain: {program: /bin/sh}, other: {enabled: false}}"
        self.reload("", "limits: {runs: 7}", without, "")
        self.assertIn(b'"places":64', self.get("/health"))
        self.assertIn(b'{"changed":["limits.runs"],"needs_restart":[]}', self.post())
        self.assertIn(b'"places":7', self.get("/health"))
        self.assertEqual((False, True), (b'"fast"' in self.listed(), b'"other"' in self.listed()))
        self.assertIn(b'"backends.other', self.post())
        self.assertIn(b'"places":64', self.get("/health"))
        self.assertEqual((True, False), (b'"fast"' in self.listed(), b'"other"' in self.listed()))
        self.post()
        self.assertEqual((False, True), (b'"fast"' in self.listed(), b'"other"' in self.listed()))

    def test_nothing(self) -> None:
        """Of a configuration with a fault nothing holds, and the faults are told."""
        self.reload("", "limits: {runs: 7, queue: many}\nmodels: {fast: plain}")
        before = self.listed()
        answer = self.post()
        self.assertIn(b"422 Unprocessable", answer)
        self.assertIn(b"limits.queue", answer)
        self.assertEqual(before, self.listed())
        self.assertIn(b'"places":64', self.get("/health"))

    def test_web(self) -> None:
        """How the doors behave is read anew too."""
        self.reload("", "server: {allowed_hosts: [a.example], cors_allowed_origins: ['https://b.example']}")
        headers = {"Origin": "https://b.example"}
        self.assertIn(b"403 Forbidden", self.get("/health", "GET", headers))
        self.post()
        self.assertIn(b"200 OK", self.get("/health", "GET", headers))

    def test_keys(self) -> None:
        """Keys come and go; only who was named may have all read anew."""
        ada, ben = "ada: 0123456789abcdef", "ben: 0123456789abcdeg"
        text = "server: {api_keys_file: %s, admin_keys: [%s]}"
        files = {"one": ada, "both": f"{ada}\n{ben}", "other": ben}
        self.reload(text % ("one", "ada"), text % ("both", "ada"), text % ("other", "ben"), **files)
        ben_asks = {"X-Api-Key": "0123456789abcdeg"}
        self.assertIn(b"401 Unauthorized", self.get("/api/v1/reload", "POST", ben_asks))
        self.assertIn(b'"changed":["keys","server.api_keys_file"]', self.post())
        refused = self.get("/api/v1/reload", "POST", ben_asks)
        self.assertEqual((True, True), (b"403 Forbidden" in refused, b"server.admin_keys" in refused))
        self.assertIn(b"server.admin_keys", self.post())
        self.assertIn(b"401 Unauthorized", self.post())
