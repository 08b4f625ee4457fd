"""What is another than before."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Config, read_config
from clinvoker.config.differing import differences, is_fixed, without_fixed

BACKENDS = ("claude", "codex")


def read(text: str, **environ: str) -> Config:
    return read_config(text, environ, backends=BACKENDS)


class DifferenceTests(SynchronousTestCase):
    def test_nothing(self) -> None:
        """What is said otherwise and means the same is no difference."""
        self.assertEqual((), differences(Config(), read("server: {port: 8080}")))

    def test_keys(self) -> None:
        """By the keys of the file, in order, of mappings too."""
        old = read("models: {a: claude, b: codex}\nbackends: {codex: {model: x}}\nlog: {level: debug}")
        new = read("models: {a: claude, b: claude}\nbackends: {claude: {enabled: false}}\nlimits: {runs: 3}")
        told = differences(old, new)
        self.assertEqual(tuple(sorted(told)), told)
        self.assertLessEqual({"limits.runs", "log.level", "models.b"}, {*told})
        self.assertTrue(any(name.startswith("backends.claude") for name in told))
        self.assertTrue(any(name.startswith("backends.codex") for name in told))
        self.assertNotIn("models.a", told)

    def test_agents(self) -> None:
        """A name that means an agent at work."""
        text = "models: {a: {backend: claude, mode: agent, max_turns: %d}}"
        self.assertEqual(("models.a",), differences(read(text % 1), read(text % 2)))

    def test_fallback(self) -> None:
        """It is one of the names of models, as the file has it."""
        self.assertEqual(("models.fallback",), differences(Config(), read("models: {fallback: claude}")))

    def test_secrets(self) -> None:
        """That API keys changed is told, and not to what."""
        old = read("", CLINVK_API_KEYS="a-key-of-more-than-sixteen")
        self.assertEqual(("keys",), differences(old, read("", CLINVK_API_KEYS="b-key-of-more-than-sixteen")))

    def test_fixed(self) -> None:
        """What needs another start is told, and stays as it was."""
        new = read("server: {port: 9, drain_secs: 3}\nsession: {store: 'memory:', usage_days: 7}")
        told = differences(Config(), new)
        self.assertLessEqual({"server.listen", "session.store"}, {*told})
        held = without_fixed(Config(), new)
        self.assertEqual(("server.drain_secs", "session.usage_days"), differences(Config(), held))

    def test_listeners(self) -> None:
        """What listens and who is known there stays, whatever part of it changed."""
        old = read("")
        new = read("server: {admin: ['unix:/a'], tls: {certificate: c.pem}}")
        told = differences(old, new)
        self.assertEqual(("server.admin", "server.tls.certificate"), told)
        self.assertTrue(all(map(is_fixed, told)))
        self.assertFalse(is_fixed("server.admin_keys"))
        self.assertEqual(old.server, without_fixed(old, new).server)
