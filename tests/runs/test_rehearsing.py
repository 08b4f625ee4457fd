"""What would be started, told without starting it."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.errors import BackendMissing, Forbidden, UnknownModel
from clinvoker.model import Invocation, Message, Text
from clinvoker.runs.agency import Permission
from clinvoker.runs.service import Runs
from clinvoker.runs.workdirs import Workdirs
from clinvoker.settings import Limits, Names
from clinvoker.testing.backend import MemorySpawner, PlainBackend

CHAT = Agency()
AGENT = Agency(mode="agent", workdir="/srv/link")


class RehearsingTests(SynchronousTestCase):
    def setUp(self) -> None:
        clock = Clock()
        self.spawner = MemorySpawner(clock)
        workdirs = Workdirs(["/srv"], [], lambda path: path.replace("link", "real"), lambda path: True)
        names = Names(configured={"nice": "plain/best"})
        permission = Permission(["ada"], workdirs)
        self.backend = PlainBackend()
        self.backend.parameters = {"clinvoker.mode": "honoured"}
        self.runs = Runs(
            {"plain": self.backend}, self.spawner, Limits(), names, clock, lambda: "id", permission
        )

    def asked(self, model: str = "plain", agency: Agency = CHAT, principal: str = "ada") -> Invocation:
        message = Message("user", (Text("hi"),))
        return Invocation(model=model, messages=(message,), agency=agency, principal=principal)

    def test_launch(self) -> None:
        """The backend's own launch, with the path of its program; no process is made."""
        rehearsal = self.runs.rehearse(self.asked("nice"))
        expected = self.backend.launch(self.asked("best"))
        self.assertEqual(("plain", "best"), (rehearsal.backend, rehearsal.model))
        self.assertEqual(expected.arguments[1:], rehearsal.launch.arguments[1:])
        self.assertEqual(self.spawner.locate(self.backend), rehearsal.launch.arguments[0])
        self.assertEqual([], self.spawner.children)

    def test_refused(self) -> None:
        """What a run would be refused for is refused here too."""
        self.assertRaises(UnknownModel, self.runs.rehearse, self.asked("nobody"))
        eve = self.asked(agency=AGENT, principal="eve")
        self.assertRaises(Forbidden, self.runs.rehearse, eve)

    def test_missing(self) -> None:
        """So is a program that is not there."""
        self.patch(self.spawner, "locate", lambda backend: "")
        self.assertRaises(BackendMissing, self.runs.rehearse, self.asked())
