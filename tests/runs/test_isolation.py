"""A process serves one principal."""

from __future__ import annotations

from clinvoker.settings import Limits, Pool
from tests.runs.pools import PoolTestCase


class IsolatedTests(PoolTestCase):
    """Several keys."""

    capacity, uses = 2, 99
    pool = Pool(warm={"plain": 1}, idle_secs=60)

    def principals(self) -> list[set[str]]:
        """By process, who asked it."""
        return [{str(r["text"]) for r in child.records if "text" in r} for child in self.spawner.children]

    def test_places(self) -> None:
        """A place beside another principal's run is not free; beside one's own it is."""
        for principal in ("ada", "bob", "ada", "bob"):
            self.ask(principal)
            self.ready()
        self.assertEqual([{"ada"}, {"bob"}, set()], self.principals())

    def test_afterwards(self) -> None:
        """Nor is a process that has served another principal, though it is idle."""
        self.ask("ada")
        self.ready()
        self.answer(self.spawner.children[0])
        self.ask("bob")
        self.assertEqual([{"ada"}, {"bob"}], self.principals()[:2])
        self.ready()
        self.ask("ada")
        self.assertEqual([{"ada"}, {"bob"}, set()], self.principals())

    def test_promised(self) -> None:
        """What is kept ready is what nobody has used, beside whatever others keep."""
        for principal in ("ada", "bob"):
            self.ask(principal)
            self.ready()
        self.assertEqual((2, 1), (self.census().busy, self.census().blank))

    def test_starting(self) -> None:
        """Two principals that wait have a process started each, two requests of one share it."""
        for principal in ("ada", "ada", "bob"):
            self.ask(principal)
        self.assertEqual(2, self.census().starting)
        self.ready()
        self.assertEqual([{"ada"}, {"bob"}], self.principals()[:2])

    def test_held(self) -> None:
        """A conversation that is kept keeps the process from others; its own principal may use its places."""
        self.ask("ada")
        self.ready()
        self.spawner.children[0].says({"run": 1, "kept": True})
        self.ask("bob")
        self.ask("ada")
        self.assertEqual([{"ada"}, {"bob"}], self.principals()[:2])


class SharedTests(IsolatedTests):
    """One key, or `reuse_across_keys`."""

    pool = Pool(warm={"plain": 1}, idle_secs=60, shared=True)

    def test_places(self) -> None:
        """Any place is free; while there is one the promise is kept."""
        self.ask("ada")
        self.ready()
        self.assertEqual(1, len(self.spawner.children))
        self.ask("bob")
        self.ready()
        self.assertEqual([{"ada", "bob"}, set()], self.principals())

    def test_afterwards(self) -> None:
        """One process serves all in turn."""
        for principal in ("ada", "bob"):
            self.exchange(principal)
        self.assertEqual([{"ada", "bob"}], self.principals())

    def test_promised(self) -> None:
        """A process with a place left is ready for use."""
        self.ask("ada")
        self.ready()
        self.assertEqual((1, 0), (self.census().busy, self.census().blank))

    def test_starting(self) -> None:
        """A process that starts is counted on by as many as it has places."""
        for principal in ("ada", "bob", "cyd"):
            self.ask(principal)
        self.assertEqual(2, self.census().starting)

    def test_held(self) -> None:
        """The place beside a conversation that is kept is anybody's."""
        self.ask("ada")
        self.ready()
        self.spawner.children[0].says({"run": 1, "kept": True})
        self.ask("bob")
        self.assertEqual([{"ada", "bob"}], self.principals()[:1])


class CrowdTests(PoolTestCase):
    """More principals than processes."""

    limits = Limits(processes=2)
    pool = Pool(warm={"plain": 1}, idle_secs=60)
    uses = 99

    def test_in_turn(self) -> None:
        """Who was idle longest makes room, whoever's it is."""
        for principal in "abcdef":
            self.assertEqual({"ask": 1, "text": principal}, self.exchange(principal).records[-1])
            self.clock.advance(1)
            self.assertLessEqual(len(self.alive), 2)


class ApartTests(PoolTestCase):
    """A second key comes while the daemon runs."""

    capacity, uses = 2, 99
    pool = Pool(warm={"plain": 1}, idle_secs=60, shared=True)

    def principals(self) -> list[set[str]]:
        """By process, who asked it."""
        return [{str(r["text"]) for r in child.records if "text" in r} for child in self.spawner.children]

    def test_used(self) -> None:
        """What was used before serves nobody else any more, nor is anything shared later."""
        self.exchange("ada")
        self.runs.keep_apart()
        for principal in ("bob", "cyd"):
            self.exchange(principal)
        self.assertEqual(["ada", "bob", "cyd"], [name for who in self.principals() for name in sorted(who)])
        self.assertEqual({1}, {len(who) for who in self.principals() if who})
