"""Codex at work: how it is started, what its thread is told, what is heard of it."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.backends.codex import CodexBackend
from clinvoker.backends.codex.agency import launch_at_work, thread_at_work
from clinvoker.backends.codex.launch import CHAT
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.model import DIRECTORY, Action
from clinvoker.talk import Record
from tests.backends.codex.playing import asking, begun, events, note, sent

AGENCY = Agency(mode="agent", workdir="/srv/wörk \U0001f600/site")
WORKING = replace(asking(), agency=AGENCY)


def settings(agency: Agency = AGENCY) -> dict[str, Any]:
    """What the arguments of a launch say."""
    flags = launch_at_work(agency).arguments[2:-2]
    assert set(flags[::2]) == {"-c"}
    pairs = [flag.partition("=") for flag in flags[1::2]]
    return {key: json.loads(value) for key, _, value in pairs}


class LaunchTests(SynchronousTestCase):
    """The launch as data."""

    def test_own_words(self) -> None:
        """Its own catalogue and texts, its tools for files and commands; no plugins, hooks and the like."""
        said = settings()
        self.assertNotIn("model_catalog_json", said)
        self.assertNotIn("features.shell_tool", said)
        for name in ("hooks", "plugins", "apps", "computer_use"):
            self.assertIs(False, said[f"features.{name}"])
        self.assertEqual("clinvoker", said["model_provider"])

    def test_home(self) -> None:
        """A private home with the user's login alone, and a folder of its own for temporary files."""
        made = CodexBackend().launch(WORKING)
        self.assertEqual((f"{DIRECTORY}/codex", CHAT.links), (made.environment["CODEX_HOME"], made.links))
        self.assertEqual(f"{DIRECTORY}/tmp", made.environment["TMPDIR"])
        self.assertIs(True, settings()["sandbox_workspace_write.exclude_slash_tmp"])
        self.assertIs(False, settings()["shell_environment_policy.ignore_default_excludes"])

    def test_directory(self) -> None:
        """It runs in the client's directory and trusts no directory on the way there."""
        self.assertEqual(AGENCY.workdir, launch_at_work(AGENCY).workdir)
        folders = ("/", "/srv", "/srv/wörk \U0001f600", AGENCY.workdir)
        tables = ", ".join(f'"{folder}" = {{trust_level = "untrusted"}}' for folder in folders)
        self.assertEqual(("-c", f"projects={{{tables}}}"), launch_at_work(AGENCY).arguments[-2:])

    def test_placeholder(self) -> None:
        """A directory named like the placeholder stays itself."""
        odd = replace(AGENCY, workdir=f"/srv/{DIRECTORY}")
        flag = launch_at_work(odd).placed("/private").arguments[-1]
        self.assertIn('"/srv/\\u007bdirectory}" = ', flag)

    def test_key(self) -> None:
        """A process is another's only if all is the same; whether steps are told is no matter."""
        self.assertEqual(launch_at_work(AGENCY), launch_at_work(replace(AGENCY, actions=True)))
        others = (AGENCY, replace(AGENCY, workdir="/srv"), replace(AGENCY, sandbox="full"))
        self.assertEqual(4, len({launch_at_work(each).key for each in others} | {CHAT.key}))

    def test_used_once(self) -> None:
        """A process serves one run, so that what it leaves running ends with it."""
        backend = CodexBackend()
        agent = backend.agent(backend.launch(WORKING).placed("/x"), Clock())
        self.assertEqual(1, agent.places)
        talk = CodexTalk(at_work=True)
        talk.begin(1, WORKING)
        self.assertFalse(talk.open)


class ThreadTests(SynchronousTestCase):
    """The thread."""

    def test_words(self) -> None:
        """Approval and sandbox in its words; by default it only looks."""
        for agency, expected in (
            ({}, ("on-request", "read-only")),
            ({"approval": "auto", "sandbox": "workspace"}, ("on-request", "workspace-write")),
            ({"approval": "none", "sandbox": "full"}, ("never", "danger-full-access")),
            ({"approval": "always", "sandbox": "read-only"}, ("untrusted", "read-only")),
        ):
            told = thread_at_work(replace(AGENCY, **agency))
            self.assertEqual(expected, (told["approvalPolicy"], told["sandbox"]))
            self.assertEqual(AGENCY.workdir, told["cwd"])

    def test_started(self) -> None:
        """A thread at work is told that, and keeps its own base instructions and its environment."""
        [asked] = sent(CodexTalk(at_work=True).begin(1, WORKING))
        self.assertEqual({**thread_at_work(AGENCY), "config": {}}, asked["params"])

    def test_steps_are_heard(self) -> None:
        """In a chat these notifications are silenced, here they come."""
        [greeting] = sent(CodexTalk(at_work=True).start())
        capabilities: Any = greeting["params"]["capabilities"]  # type: ignore[index]
        self.assertNotIn("item/started", capabilities["optOutNotificationMethods"])
        self.assertIn("thread/started", capabilities["optOutNotificationMethods"])

    def heard(self, *items: Record) -> list[Any]:
        """The actions of items that begin and end."""
        talk = begun()
        steps = []
        for item in items:
            for method in ("item/started", "item/completed"):
                steps += talk.receive(note(method, item={"id": "i", **item}))
        return events(steps)

    def test_actions(self) -> None:
        """Commands, changes, searches; failed where the program says so.  Messages are none."""
        command = {"type": "commandExecution", "command": "ls", "status": "completed"}
        changes = [{"path": "/srv/a"}, {"path": "/srv/b"}]
        change = {"type": "fileChange", "changes": changes, "status": "declined"}
        search = {"type": "webSearch", "query": "x", "action": None}
        message = {"type": "agentMessage", "text": "", "status": {"any": "thing"}, "path": None}
        told = [(each.kind, each.title, each.status) for each in self.heard(command, change, search, message)]
        expected = [
            *(("command", "ls", "started"), ("command", "ls", "done")),
            *(("file_change", "/srv/a, /srv/b", "started"), ("file_change", "/srv/a, /srv/b", "failed")),
            *(("search", "x", "started"), ("search", "x", "done")),
        ]
        self.assertEqual(expected, told)

    def test_long_title(self) -> None:
        """A title is a line, not a script."""
        [begun_, _] = self.heard({"type": "commandExecution", "command": "x" * 1000})
        assert isinstance(begun_, Action)
        self.assertEqual(200, len(begun_.title))
