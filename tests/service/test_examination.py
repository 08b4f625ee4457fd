"""What `clinvk doctor` finds, on processes in memory."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import BackendHealth
from clinvoker.service.examination import Examiner
from clinvoker.testing.backend import MemorySpawner, PlainBackend


class ExaminerTests(SynchronousTestCase):
    """Each program is started, greeted and ended."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.spawner = MemorySpawner(self.clock)
        self.seen: list[BackendHealth] = []

    def examine(self, *names: str, wanted: tuple[str, ...] = ("a", "b")) -> Deferred[None]:
        """Begin to examine backends of these names."""
        return Deferred.fromCoroutine(self.collect(names, wanted))

    async def collect(self, names: tuple[str, ...], wanted: tuple[str, ...]) -> None:
        examiner = Examiner(self.spawner, self.clock, 30.0, self.version)
        async for health in examiner.examine({name: PlainBackend(name) for name in names}, wanted):
            self.seen.append(health)

    async def version(self, path: str) -> str:
        return f"{path} 0.1"

    def test_works(self) -> None:
        """A program that greets works; it is ended before the next one is started."""
        done = self.examine("a", "b")
        [child] = self.spawner.children
        child.says({"ready": True})
        child.exits()
        [health] = self.seen
        self.assertEqual(("a", "ready", "1.0"), (health.name, health.state, health.version))
        self.assertEqual(2, len(self.spawner.children))
        self.assertNoResult(done)

    def test_rehearsal(self) -> None:
        """It has its rehearsal, and what it lacks is told."""
        self.examine("a")
        self.assertEqual([True], [launch.rehearse for launch in self.spawner.launches])
        self.spawner.children[0].says({"ready": True, "note": "lacks this"})
        self.spawner.children[0].exits()
        self.assertEqual(("ready", "lacks this"), (self.seen[0].state, self.seen[0].note))

    def test_fails(self) -> None:
        """A program that ends at once does not work; its last words and its version are told."""
        done = self.examine("a")
        [child] = self.spawner.children
        child.err(b"unknown option --session\n")
        child.exits(1)
        self.successResultOf(done)
        [health] = self.seen
        self.assertEqual(("failing", "/bin/plain 0.1"), (health.state, health.version))
        self.assertIn("unknown option --session", health.last_error)

    def test_silent(self) -> None:
        """A program that says nothing is not waited for."""
        done = self.examine("a")
        self.clock.advance(30)
        [child] = self.spawner.children
        self.assertIn("KILL", child.signals)
        self.successResultOf(done)
        self.assertIn("limits.ready_secs", self.seen[0].last_error)

    def test_missing(self) -> None:
        """What is not there is not started, nor what is disabled."""
        self.spawner.missing.add("a")
        self.successResultOf(self.examine("a", "c"))
        self.assertEqual(["missing", "disabled"], [health.state for health in self.seen])
        self.assertEqual([], self.spawner.children)
