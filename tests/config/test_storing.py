"""The section `session`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import ConfigError, Session, read_config


class SessionSectionTests(SynchronousTestCase):
    def complaint(self, text: str) -> str:
        """The only complaint."""
        [complaint] = self.assertRaises(ConfigError, read_config, f"session: {{{text}}}").complaints
        return complaint

    def test_file(self) -> None:
        """Each key has its place."""
        text = "session: {store: 'memory:', retention_days: 0, max_sessions: 5, store_prompts: always}"
        expected = Session(store="memory:", retention_days=0, max_sessions=5, store_prompts="always")
        self.assertEqual(expected, read_config(text).session)

    def test_environment(self) -> None:
        """Tags are a list there; numbers are numbers."""
        environ = {"CLINVK_SESSION__DEFAULT_TAGS": "a, b", "CLINVK_SESSION__RETENTION_DAYS": "7"}
        session = read_config(environ=environ).session
        self.assertEqual((("a", "b"), 7.0), (session.default_tags, session.retention_days))

    def test_store(self) -> None:
        """A relative path would depend on where the daemon was started; other schemes are not known."""
        for store in ("state.db", "sqlite:state.db", "postgres://x", "memory"):
            said = self.complaint(f"store: '{store}'")
            self.assertEqual(
                f"session.store: {store!r} is none of memory:, sqlite:PATH and an absolute path", said
            )
        for store in ("", "memory:", "/x/y.db", "~/y.db", "sqlite:/x"):
            read_config(f"session: {{store: '{store}'}}")

    def test_values(self) -> None:
        """Negative numbers and other words are refused by name."""
        self.assertIn("session.retention_days", self.complaint("retention_days: -1"))
        self.assertIn("session.max_responses", self.complaint("max_responses: -1"))
        said = self.complaint("store_prompts: sometimes")
        self.assertIn("needed, always, never", said)
