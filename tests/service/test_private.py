"""The service of one command."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Agent, read_config
from clinvoker.service.private import for_one
from clinvoker.service.values import pool

NAMES = ("claude", "codex")


class ForOneTests(SynchronousTestCase):
    def test_nothing_ahead(self) -> None:
        """Nothing is started ahead of need, and nothing kept, whatever is configured for the daemon."""
        config = for_one(read_config("backends: {claude: {warm: 3, prestart: true}}", backends=NAMES), NAMES)
        self.assertEqual(({"claude": 0, "codex": 0}, ()), (pool(config).warm, pool(config).prestart))
        self.assertEqual((0, 3.0), (config.conversations.keep, config.server.drain_secs))

    def test_agents(self) -> None:
        """Agents may work anywhere, unless it is configured where."""
        self.assertEqual(("/",), for_one(read_config(), NAMES).agent.allowed_workdir_prefixes)
        said = read_config("agent: {allowed_keys: [anonymous], allowed_workdir_prefixes: [/srv]}")
        self.assertEqual(said.agent, for_one(said, NAMES).agent)
        self.assertNotEqual(Agent(), said.agent)
