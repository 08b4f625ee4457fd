"""Who gets a process where there are more admitted requests than processes."""

from __future__ import annotations

from clinvoker.settings import Limits, Pool
from clinvoker.testing.process import MemoryChild
from tests.runs.pools import PoolTestCase


class SharesTestCase(PoolTestCase):
    uses = 1000
    pool = Pool(warm={"plain": 0})

    def asked(self) -> list[str]:
        """Whose questions are being answered."""
        return sorted(str(child.records[-1]["text"]) for child in self.busy)

    def done(self, whose: str) -> None:
        """One of these is answered, and what starts then is ready."""
        child = next(child for child in self.busy if child.records[-1].get("text") == whose)
        self.answer_last(child)
        self.ready()

    def answer_last(self, child: MemoryChild) -> None:
        number = child.records[-1]["ask"]
        assert isinstance(number, int)
        self.answer(child, number)


class TwoProcessesTests(SharesTestCase):
    limits = Limits(processes=2)

    def test_one_among_many(self) -> None:
        """A single request of one key does not wait for all those of another that came before."""
        for _ in range(6):
            self.ask("ada")
        self.ready()
        self.ask("bob")
        self.assertEqual(["ada", "ada"], self.asked())
        self.done("ada")
        self.assertEqual(["ada", "bob"], self.asked())

    def test_equals(self) -> None:
        """Where each has as many, their processes stay what they are."""
        for _ in range(6):
            self.ask("ada")
            self.ask("bob")
        self.ready()
        for whose in ("ada", "ada", "bob", "ada"):
            self.done(whose)
            self.assertEqual(["ada", "bob"], self.asked())
        self.assertEqual(2, len(self.spawner.children))

    def test_other_kind(self) -> None:
        """A request of the same key that needs another process waits for those before it only."""
        for effort in ("", "", "", "high", "", "", ""):
            self.ask("ada", effort=effort)
        self.ready()
        self.done("ada")
        self.assertEqual(2, len(self.spawner.children))
        self.done("ada")
        self.assertEqual(3, len(self.spawner.children))
        self.assertEqual(["ada", "ada"], self.asked())


class OneProcessTests(SharesTestCase):
    limits = Limits(processes=1)

    def test_in_turn(self) -> None:
        """Who waited longest is next."""
        self.ask("ada")
        self.ready()
        for whose in ("bob", "ada", "bob"):
            self.ask(whose)
        seen = []
        while self.busy:
            seen += self.asked()
            self.done(seen[-1])
            if len(seen) == 4:
                break
        self.assertEqual(["ada", "bob", "ada", "bob"], seen)


class SharedProcessesTests(SharesTestCase):
    limits = Limits(processes=1)
    pool = Pool(warm={"plain": 0}, shared=True)

    def test_one_among_many(self) -> None:
        """The same where a process serves any key, and none has to end for it."""
        for _ in range(3):
            self.ask("ada")
        self.ready()
        self.ask("bob")
        self.done("ada")
        self.assertEqual(["ada"], self.asked())  # nobody had more; ada waited longer
        self.assertEqual(1, len(self.spawner.children))
