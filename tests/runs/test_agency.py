"""Who may have a program work by itself."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.errors import BadRequest, ClinvokerError, Forbidden, UnsupportedParameter
from clinvoker.model import (
    Action,
    Event,
    Finished,
    Invocation,
    Launch,
    Message,
    Output,
    Text,
    Tool,
    Tools,
    Treatment,
)
from clinvoker.runs.agency import Permission, joined
from clinvoker.runs.names import resolve
from clinvoker.runs.workdirs import Workdirs
from clinvoker.settings import Names
from clinvoker.testing.backend import PlainBackend
from tests.runs.test_runs import RunsTestCase

WORKDIRS = Workdirs(["/srv/work"], [], lambda path: path, lambda path: True)
ASKED = Agency(mode="agent", workdir="/srv/work/site")


def invocation(agency: Agency, principal: str = "ada") -> Invocation:
    message = Message("user", (Text("hello"),))
    return Invocation(model="plain", messages=(message,), agency=agency, principal=principal)


class PermissionTests(SynchronousTestCase):
    """The name of the key decides, and then the directory."""

    def test_chat(self) -> None:
        """A chat needs no permission."""
        asked = invocation(Agency())
        self.assertIs(asked, Permission((), WORKDIRS).checked(asked))

    def test_nobody(self) -> None:
        """By default nobody may."""
        self.assertRaises(Forbidden, Permission((), WORKDIRS).checked, invocation(ASKED))

    def test_keys(self) -> None:
        """Those named may, or all."""
        self.assertRaises(Forbidden, Permission(["bob"], WORKDIRS).checked, invocation(ASKED))
        for keys in (["ada"], ["bob", "ada"], ["*"]):
            self.assertEqual(invocation(ASKED), Permission(keys, WORKDIRS).checked(invocation(ASKED)))

    def test_anonymous(self) -> None:
        """Where there are no keys, whoever comes is named anonymous, and has to be allowed as such."""
        nameless = invocation(ASKED, "anonymous")
        self.assertRaises(Forbidden, Permission(["ada"], WORKDIRS).checked, nameless)
        self.assertEqual(nameless, Permission(["anonymous"], WORKDIRS).checked(nameless))

    def test_real_path(self) -> None:
        """What goes on is the real path."""
        workdirs = Workdirs(["/srv"], [], lambda path: path.replace("/srv", "/real"), lambda path: True)
        checked = Permission(["*"], workdirs).checked(invocation(ASKED))
        self.assertEqual("/real/work/site", checked.agency.workdir)

    def test_workdir(self) -> None:
        """The directory is judged; a missing one too."""
        for workdir in ("", "/elsewhere"):
            agency = replace(ASKED, workdir=workdir)
            error = self.assertRaises(BadRequest, Permission(["*"], WORKDIRS).checked, invocation(agency))
            self.assertEqual("clinvoker.workdir", error.param)

    def test_refused(self) -> None:
        """What an agent at work is not asked: the client's tools, answers that are checked."""
        asked = invocation(ASKED)
        wrong = {
            "tools": replace(asked, tools=Tools(offered=(Tool("look"),))),
            "response_format": replace(asked, output=Output(kind="json_object")),
        }
        for param, each in wrong.items():
            error = self.assertRaises(UnsupportedParameter, Permission(["*"], WORKDIRS).checked, each)
            self.assertEqual(param, error.param)


class JoinedTests(SynchronousTestCase):
    """A model's configuration and what the request adds."""

    MODEL = Agency(mode="agent", workdir="/srv/work", approval="auto", sandbox="workspace", max_turns=3)

    def test_neither(self) -> None:
        """A plain model is what the request makes of it."""
        self.assertEqual(ASKED, joined(Agency(), ASKED))

    def test_configured(self) -> None:
        """A request that says nothing gets what is configured."""
        self.assertEqual(self.MODEL, joined(self.MODEL, Agency()))

    def test_asked(self) -> None:
        """What the request says holds; the rest is as configured."""
        asked = Agency(mode="agent", workdir="/srv/work/site", sandbox="read-only", actions=True)
        expected = replace(self.MODEL, workdir="/srv/work/site", sandbox="read-only", actions=True)
        self.assertEqual(expected, joined(self.MODEL, asked))

    def test_by_name(self) -> None:
        """A configured name carries it; others, the fallback's excepted, do not."""
        names = Names(configured={"coder": "plain/plain-1"}, agencies={"coder": self.MODEL}, fallback="coder")
        backends = {"plain": PlainBackend()}
        found = {name: resolve(name, names, backends) for name in ("coder", "plain", "plain-1", "unheard-of")}
        agencies = {name: target.agency.mode for name, target in found.items() if target is not None}
        expected = {"coder": "agent", "plain": "chat", "plain-1": "chat", "unheard-of": "agent"}
        self.assertEqual(expected, agencies)


class Worker(PlainBackend):
    """A backend that has agent mode, and remembers what it was to launch."""

    parameters: Mapping[str, Treatment] = {**PlainBackend.parameters, "clinvoker.mode": "honoured"}

    def launch(self, invocation: Invocation) -> Launch:
        self.agency = invocation.agency
        return Launch(key=self.name, arguments=(self.program,), workdir=invocation.agency.workdir)


class RunsTests(RunsTestCase):
    """The runs see to it before a process is started."""

    def begin(self, backend: PlainBackend, permission: Permission, **agency: object) -> ClinvokerError | None:
        """The error of a run in agent mode, or None if it goes on."""
        self.runs._backends = {"plain": backend}
        self.runs._permission = permission
        asked = invocation(replace(ASKED, **agency))
        self.run_ = self.runs.start(asked, self.heard.extend)
        failed = self.run_.ended.called and self.failureResultOf(self.run_.ended).value
        return failed or None

    def test_forbidden(self) -> None:
        """Without permission no process is started."""
        self.assertIsInstance(self.begin(Worker(), Permission((), WORKDIRS)), Forbidden)
        self.assertEqual([], self.spawner.children)

    def test_backend_without(self) -> None:
        """A backend that does not know agent mode, or its limit of turns, never carries it out as a chat."""
        anybody = Permission(["*"], WORKDIRS)
        for backend, agency in ((PlainBackend(), {}), (Worker(), {"max_turns": 2})):
            error = self.begin(backend, anybody, **agency)
            self.assertIsInstance(error, UnsupportedParameter)
        self.assertEqual([], self.spawner.children)

    def test_permitted(self) -> None:
        """With permission the backend is told all of it."""
        worker = Worker()
        self.assertIsNone(self.begin(worker, Permission(["ada"], WORKDIRS), approval="auto"))
        self.assertEqual(replace(ASKED, approval="auto"), worker.agency)
        self.assertEqual(1, len(self.spawner.children))

    def test_no_second_attempt(self) -> None:
        """After a step was taken nothing is tried anew, though the client saw nothing yet."""
        self.begin(Worker(), Permission(["ada"], WORKDIRS))
        self.child.says({"ready": True}, {"run": 1, "acts": "rm"}, {"run": 1, "fails": "now"})
        self.assertIsInstance(self.failureResultOf(self.run_.ended).value, ClinvokerError)
        step: Event = Action(id="1", kind="command", title="rm", status="started")
        self.assertEqual([step], [event for event in self.heard if not isinstance(event, Finished)])
