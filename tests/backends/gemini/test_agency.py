"""The Gemini CLI at work: how it is started, where its session is, what is heard of it."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.backends.gemini import Gemini
from clinvoker.backends.gemini.chat_file import FIRST
from clinvoker.backends.gemini.conversation import conversation
from clinvoker.backends.gemini.talk import GeminiTalk
from clinvoker.backends.gemini.tools import Toolbox
from clinvoker.backends.gemini.work import Work
from clinvoker.errors import ProviderFailed
from clinvoker.model import Action, Event, Finished
from clinvoker.talk import Heard, Remove, Send, Step, Write
from tests.backends.gemini.playing import asking, greeted

AGENCY = Agency(mode="agent", workdir="/srv/work", approval="auto")
WORKING = replace(asking(("system", "Be brief."), ("user", "go on")), agency=AGENCY)
SESSION = "00000001-0000-4000-8000-000000000000"


def launch(**agency: Any) -> Any:
    """A launch in agent mode."""
    return Gemini().launch(replace(WORKING, agency=replace(AGENCY, **agency)))


def tools(**agency: Any) -> set[str]:
    """The tools that a launch leaves it."""
    return {*json.loads(launch(**agency).files["work/.gemini/settings.json"])["tools"]["core"]}


class LaunchTests(SynchronousTestCase):
    """The launch as data."""

    def test_own_words(self) -> None:
        """Its own system text; else the private home of a chat."""
        self.assertNotIn("GEMINI_SYSTEM_MD", launch().environment)
        self.assertEqual(Gemini().launch(asking()).links, launch().links)

    def test_directory(self) -> None:
        """The process stays in its private folder: `.env` and settings of the client's are not read."""
        self.assertEqual("", launch().workdir)

    def test_tools(self) -> None:
        """By sandbox; a shell only where nothing is to hold it."""
        self.assertNotIn("write_file", tools(sandbox="read-only"))
        for sandbox in ("default", "workspace"):
            self.assertIn("write_file", tools(sandbox=sandbox))
            self.assertNotIn("run_shell_command", tools(sandbox=sandbox))
        self.assertIn("run_shell_command", tools(sandbox="full"))

    def test_undecided(self) -> None:
        """Where nobody gives leave it has only the tools that need none, whatever the sandbox."""
        for approval in ("default", "always"):
            self.assertEqual(tools(sandbox="read-only"), tools(sandbox="full", approval=approval))

    def test_approval(self) -> None:
        """The program's own words for approval."""
        modes = {"default": "default", "auto": "auto_edit", "none": "yolo", "always": "default"}
        for approval, mode in modes.items():
            self.assertEqual(("--approval-mode", mode), launch(approval=approval).arguments[-2:])

    def test_turns(self) -> None:
        """Limited if that is asked for."""
        for asked, said in ((0, -1), (7, 7)):
            settings = json.loads(launch(max_turns=asked).files["work/.gemini/settings.json"])
            self.assertEqual(said, settings["model"]["maxSessionTurns"])

    def test_key(self) -> None:
        """A process is another's only if all is the same; whether steps are told is no matter."""
        self.assertEqual(launch(), launch(actions=True))
        keys = {launch().key, launch(workdir="/srv").key, launch(approval="none").key}
        self.assertEqual(4, len(keys | {Gemini().launch(asking()).key}))

    def test_used_once(self) -> None:
        """A process serves one run, so that what it leaves running ends with it."""
        self.assertEqual(1, Gemini().agent(launch().placed("/x"), Clock()).places)
        talk = greeted()
        talk.begin(1, WORKING)
        self.assertFalse(talk.open)


class SessionTests(SynchronousTestCase):
    """The session."""

    def setUp(self) -> None:
        self.talk: GeminiTalk = greeted()
        self.begun = list(self.talk.begin(1, WORKING))

    def update(self, **update: object) -> list[Step]:
        params = {"sessionId": SESSION, "update": update}
        return list(self.talk.receive({"method": "session/update", "params": params}))

    def events(self, *updates: dict[str, object]) -> list[Event]:
        steps = [step for update in updates for step in self.update(**update)]
        return [step.event for step in steps if isinstance(step, Heard)]

    def test_place(self) -> None:
        """It is in the client's directory, where nothing is written or removed by us."""
        [load] = [step.record for step in self.begun if isinstance(step, Send)]
        params: Any = load["params"]
        self.assertEqual(("/srv/work", []), (params["cwd"], params["mcpServers"]))
        for step in self.begun:
            if isinstance(step, Write | Remove):
                self.assertTrue(step.path.startswith("work/"), step.path)

    def test_texts(self) -> None:
        """The client's system text is added; the program puts date and folders in by itself."""
        written = {step.path: step.text for step in self.begun if isinstance(step, Write)}
        self.assertEqual("Be brief.", written["work/.gemini/tmp/s1/memory/MEMORY.md"])
        self.assertFalse([path for path, text in written.items() if FIRST in text])

    def test_steps(self) -> None:
        """What it does is told, and how it ended; the rest is as in a chat."""
        self.update(sessionUpdate="available_commands_update")
        call = {"toolCallId": "c1", "kind": "edit", "title": "a.txt"}
        said = {"type": "text", "text": "done"}
        heard = self.events(
            {"sessionUpdate": "tool_call", **call, "status": "in_progress"},
            {"sessionUpdate": "tool_call_update", "toolCallId": "c1", "status": "completed"},
            {"sessionUpdate": "tool_call_update", "toolCallId": "c2", "status": "failed"},
            {"sessionUpdate": "agent_message_chunk", "content": said},
        )
        told = [(each.kind, each.title, each.status) for each in heard if isinstance(each, Action)]
        self.assertEqual([("file_change", "a.txt", "started"), ("file_change", "a.txt", "done")], told)

    def test_interrupted(self) -> None:
        """Nothing is heard of what it does once it was interrupted."""
        self.update(sessionUpdate="available_commands_update")
        self.talk.interrupt(1)
        call = {"toolCallId": "c1", "kind": "edit", "title": "a.txt"}
        self.assertEqual([], self.events({"sessionUpdate": "tool_call", **call}))

    def test_leave(self) -> None:
        """What it asks leave for it does not get; it is told so and goes on."""
        call = {"toolCallId": "c1", "kind": "execute", "title": "rm"}
        params = {"sessionId": SESSION, "toolCall": call, "options": []}
        *heard, reply = self.talk.receive({"id": 9, "method": "session/request_permission", "params": params})
        assert isinstance(reply, Send)
        outcome = {"outcome": {"outcome": "selected", "optionId": "cancel"}}
        self.assertEqual({"jsonrpc": "2.0", "id": 9, "result": outcome}, reply.record)
        told = [
            step.event.status for step in heard if isinstance(step, Heard) and isinstance(step.event, Action)
        ]
        self.assertEqual(["started", "failed"], told)

    def test_ends(self) -> None:
        """Spent turns are an answer cut for its length; deeds without words are an answer."""
        work = Work(1, 1, "/private", conversation(WORKING.messages), "m", Toolbox((), str), AGENCY)
        spent, whole = work.outcome({"stopReason": "max_turn_requests"}, False), {"stopReason": "end_turn"}
        assert isinstance(spent, Finished)
        self.assertEqual("length", spent.reason)
        self.assertIsInstance(work.outcome(whole, False), ProviderFailed)
        work.update({"sessionUpdate": "tool_call", "toolCallId": "c1", "kind": "edit", "title": "a.txt"})
        self.assertIsInstance(work.outcome(whole, False), Finished)
