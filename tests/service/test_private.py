"""The service of one command."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Agent, read_config
from clinvoker.keys import digest_of
from clinvoker.service.private import for_one, own_key
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

    def test_keys(self) -> None:
        """The key that the command sends is good there: its own if that is known, else one that is."""
        plain, hashed = "0123456789abcdef", digest_of(b"clk_x", b"\1").hex()
        text = f"ann: sha256:01:{hashed}\nben: {plain}"
        config = read_config(read_secret=lambda path: text, keys_file="k")
        for environ, key, names in (
            ({"CLINVK_API_KEY": "clk_x"}, "clk_x", ["ann"]),
            ({"CLINVK_API_KEY": "of-another-daemon"}, plain, ["ben"]),
            ({}, plain, ["ben"]),
        ):
            self.assertEqual(key, own_key(config, environ))
            self.assertEqual(names, [each.name for each in for_one(config, NAMES, key).keys])
        config = read_config(read_secret=lambda path: text.split("\n")[0], keys_file="k")
        self.assertEqual(("", ()), (own_key(config, {}), for_one(config, NAMES, "").keys))

    def test_shared(self) -> None:
        """Where others are let in, agents may do only what is configured."""
        self.assertEqual(Agent(), for_one(read_config(), NAMES, shared=True).agent)

    def test_shared_keys(self) -> None:
        """Others need keys of their own, any of those that are configured, with what these may."""
        config = read_config(read_secret=lambda path: "ann: 0123456789abcdef models=fast", keys_file="k")
        shared = for_one(config, NAMES, shared=True)
        self.assertEqual((config.keys, "k"), (shared.keys, shared.keys_file))
