"""A configuration that changes, and programs that are upgraded, while runs are under way."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import UnknownModel
from clinvoker.runs.admission import Admission, Place
from clinvoker.runs.agency import Permission
from clinvoker.runs.editions import LOOK_SECS, Editions
from clinvoker.runs.workdirs import Workdirs
from clinvoker.settings import Limits, Pool
from clinvoker.testing.backend import MemorySpawner, PlainBackend
from tests.runs.pools import KeyedBackend, PoolTestCase


class AdmissionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.admission = Admission(Clock(), 2, 9, 10, {"slow": 1})
        self.places: list[Place] = []
        for _ in range(4):
            self.admission.enter("plain", "ada").addCallback(self.places.append)

    def test_more(self) -> None:
        """Who waits is let in at once where there are more places now."""
        self.admission.change(3, 9, 10, {})
        self.assertEqual((3, 1), (len(self.places), self.admission.waiting))

    def test_fewer(self) -> None:
        """Who is in stays in, and it takes as many ends until somebody is let in."""
        self.admission.change(1, 9, 10, {})
        self.places[0].leave()
        self.assertEqual((2, 1), (len(self.places), self.admission.running))
        self.places[1].leave()
        self.assertEqual((3, 1), (len(self.places), self.admission.running))


class ChangeTests(PoolTestCase):
    """Two processes of plain are kept ready."""

    limits = Limits(processes=4, runs=1)
    pool = Pool(warm={"plain": 1}, idle_secs=60)

    def setUp(self) -> None:
        self.limits, self.pool = Limits(processes=4, runs=1), Pool(warm={"plain": 1}, idle_secs=60)
        super().setUp()
        self.run_ = self.ask()
        self.ready()
        self.clock.advance(1)
        self.ready()

    def change(self, names: Iterable[str] = ("plain", "other"), renewed: Iterable[str] = ()) -> None:
        backends = {name: KeyedBackend(name) for name in names}
        self.runs.change(backends, [*renewed], Permission((), Workdirs((), ())), None)

    def test_begin(self) -> None:
        """One works, one is ready."""
        census = self.census()
        self.assertEqual((1, 1), (census.busy, census.blank))

    def test_places(self) -> None:
        """Bounds are those of the moment."""
        waiting = self.ask()
        self.assertEqual((1, 1), (self.runs.load().running, self.runs.load().waiting))
        self.limits.become(Limits(processes=4, runs=5))
        self.change()
        self.assertEqual(
            (2, 0, 5), (self.runs.load().running, self.runs.load().waiting, self.runs.load().places)
        )
        self.assertNoResult(waiting.ended)

    def test_gone(self) -> None:
        """Nobody can ask for a backend that is off; what it does it ends, and none of its processes stays."""
        self.change(["other"])
        self.assertEqual(1, len(self.alive))
        self.failureResultOf(self.ask().ended, UnknownModel)
        self.assertNoResult(self.run_.ended)
        self.answer(self.busy[0])
        self.successResultOf(self.run_.ended)
        self.assertEqual([], self.alive)
        self.clock.advance(600)
        self.assertEqual([], self.alive)

    def test_back(self) -> None:
        """One that is on again is as it was."""
        self.change(["other"])
        self.change()
        self.assertNoResult(self.ask().ended)

    def test_renewed(self) -> None:
        """Where a program would be started otherwise, others take the place of those that are idle."""
        [blank] = [child for child in self.alive if child not in self.busy]
        self.change(renewed=["plain"])
        self.assertFalse(blank.alive)
        self.ready()
        self.assertEqual((1, 1), (self.census().ending, self.census().blank))
        [old] = self.busy
        self.answer(old)
        self.successResultOf(self.run_.ended)
        self.assertFalse(old.alive)

    def test_gone_late(self) -> None:
        """A request that waits for a place when its backend is turned off is carried out; nothing stays."""
        waiting = self.ask()
        self.change(["other"])
        self.answer(self.busy[0])
        self.ready()
        self.answer(self.busy[0])
        self.assertIsNone(self.successResultOf(waiting.ended))
        self.ready()
        self.assertEqual([], self.alive)

    def test_gone_kept(self) -> None:
        """Nor does a conversation that an answer leaves after that."""
        self.change(["other"])
        [child] = self.busy
        child.says({"run": 1, "kept": True})
        self.assertFalse(child.alive)

    def test_untouched(self) -> None:
        """What does not concern a backend leaves its processes alone."""
        before = self.alive
        self.change(renewed=["other"])
        self.assertEqual(before, self.alive)

    def test_warm(self) -> None:
        """As many are kept ready as is said now."""
        self.pool.become(Pool(warm={"plain": 3}, idle_secs=60))
        self.change()
        for _ in range(3):
            self.ready()
        self.assertEqual(3, self.census().blank)
        self.pool.become(Pool(warm={"plain": 0}, idle_secs=60))
        self.change()
        self.clock.advance(61)
        self.assertEqual(0, self.census().blank)

    def test_upgraded(self) -> None:
        """A program that became another file is noticed by the next request, or by who asks how all is."""
        [blank] = [child for child in self.alive if child not in self.busy]
        self.spawner.editions["plain"] = 1
        self.clock.advance(LOOK_SECS)
        self.runs.health()
        self.assertFalse(blank.alive)
        self.ready()
        [old] = self.busy
        self.answer(old)
        self.assertFalse(old.alive)
        self.ask()
        self.ready()
        self.assertEqual(1, len(self.busy))


class EditionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.spawner = MemorySpawner(self.clock)
        self.editions = Editions(self.spawner, self.clock)
        self.assertFalse(self.changed())

    def changed(self) -> bool:
        self.clock.advance(LOOK_SECS)
        return self.editions.changed(PlainBackend())

    def test_once(self) -> None:
        """Each change is told once."""
        self.spawner.editions["plain"] = 1
        self.assertEqual([True, False], [self.changed(), self.changed()])

    def test_seldom(self) -> None:
        """It is not looked each time."""
        self.spawner.editions["plain"] = 1
        self.assertFalse(self.editions.changed(PlainBackend()))

    def test_away(self) -> None:
        """While a package is replaced its program may be away: that is no change, but what comes may be."""
        self.spawner.missing.add("plain")
        self.assertFalse(self.changed())
        self.spawner.missing.clear()
        self.assertFalse(self.changed())
        self.spawner.missing.add("plain")
        self.changed()
        self.spawner.missing.clear()
        self.spawner.editions["plain"] = 1
        self.assertTrue(self.changed())
