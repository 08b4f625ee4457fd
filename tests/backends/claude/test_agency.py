"""Claude Code at work: how it is started, what it is answered, what is heard of it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.backends.claude import ClaudeBackend
from clinvoker.backends.claude.agency import launch, system_of
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.backends.claude.work import ClaudeWork
from clinvoker.errors import BadRequest
from clinvoker.model import DIRECTORY, Action, Finished, Invocation, TextDelta, Usage
from clinvoker.talk import Broken, Ended, Heard, Record, Send, Step
from tests.backends.claude.playing import asking

AGENCY = Agency(mode="agent", workdir="/srv/work")


def working(*messages: Any, **agency: Any) -> Invocation:
    """An invocation in agent mode."""
    return replace(asking(*messages), agency=replace(AGENCY, **agency))


class LaunchTests(SynchronousTestCase):
    """The launch as data."""

    def test_directory(self) -> None:
        """The process runs in the client's directory, and nothing of a user's settings is read."""
        made = ClaudeBackend().launch(working())
        self.assertEqual("/srv/work", made.workdir)
        for flag in ("--setting-sources=", "--strict-mcp-config", "--disable-slash-commands"):
            self.assertIn(flag, made.arguments)
        self.assertEqual("1", made.environment["CLAUDE_CODE_DISABLE_ATTACHMENTS"])

    def test_flags(self) -> None:
        """Tools by sandbox, permission mode by approval, turns if they are limited."""
        looking = launch(working(sandbox="read-only", approval="none", max_turns=3)).arguments
        self.assertLessEqual(
            {"--tools=Read,Glob,Grep", "--permission-mode=dontAsk", "--max-turns=3"}, {*looking}
        )
        for sandbox in ("default", "workspace", "full"):
            made = launch(working(sandbox=sandbox, approval="auto")).arguments
            [tools] = [flag for flag in made if flag.startswith("--tools=")]
            self.assertLessEqual({"Write", "Edit", "Bash"}, {*tools.removeprefix("--tools=").split(",")})
            self.assertIn("--permission-mode=acceptEdits", made)
        self.assertFalse([flag for flag in made if flag.startswith(("--max-turns", "--system-prompt"))])

    def test_key(self) -> None:
        """A process is another's only if all is the same; whether steps are told is no matter."""
        one = launch(working())
        self.assertEqual(one, launch(working(actions=True)))
        others = [working(workdir="/srv"), working(approval="auto"), working(("system", "s"), ("user", "u"))]
        keys = {launch(each).key for each in others} | {one.key}
        self.assertEqual(4, len(keys))

    def test_system(self) -> None:
        """The client's system text is in a file, not on the command line, whatever it holds."""
        text = f'"quoted" {DIRECTORY} \U0001f600 end'
        made = launch(working(("system", text), ("user", "u"))).placed("/private")
        self.assertEqual(text, system_of(made))
        self.assertNotIn("quoted", " ".join(made.arguments))

    def test_refused(self) -> None:
        """What no answer can follow is refused before a process is started."""
        for role in ("assistant", "system", "developer"):
            self.assertRaises(BadRequest, ClaudeBackend().launch, working((role, "well")))

    def test_used_once(self) -> None:
        """A process serves one run."""
        self.assertEqual(1, ClaudeBackend().agent(launch(working()).placed("/x"), Clock()).places)


class WorkTests(SynchronousTestCase):
    """The talk."""

    def setUp(self) -> None:
        self.talk = ClaudeWork(ClaudeTalk(), "Be brief.")

    def begin(self, **agency: Any) -> None:
        """Begin run 1."""
        self.talk.start()
        self.talk.begin(1, working(("system", "Be brief."), ("user", "go on"), **agency))

    def hear(self, *records: Record) -> list[Step]:
        """The steps of some records."""
        return [step for record in records for step in self.talk.receive(record)]

    def event(self, kind: str, **fields: Any) -> Record:
        return {"type": "stream_event", "event": {"type": kind, **fields}, "parent_tool_use_id": None}

    def text(self, text: str) -> Record:
        return self.event("content_block_delta", delta={"type": "text_delta", "text": text})

    def call(self, name: str = "Bash", **arguments: str) -> Record:
        block = {"type": "tool_use", "id": "t1", "name": name, "input": arguments}
        return {"type": "assistant", "message": {"content": [block]}, "parent_tool_use_id": None}

    def result(self, failed: bool = False) -> Record:
        block = {"type": "tool_result", "tool_use_id": "t1", "content": "x", "is_error": failed}
        return {"type": "user", "message": {"role": "user", "content": [block]}}

    def test_system(self) -> None:
        """The program keeps its own system text; the client's is added to it and not set again."""
        [sent] = self.talk.start()
        assert isinstance(sent, Send)
        self.assertEqual({"subtype": "initialize", "appendSystemPrompt": "Be brief."}, sent.record["request"])
        begun = self.talk.begin(1, working(("system", "Be brief."), ("user", "go on")))
        self.assertNotIn("Be brief.", str(begun))

    def test_one_answer(self) -> None:
        """Messages before and after a tool are one answer, in paragraphs, with the step between them."""
        self.begin()
        start = self.event("message_start", message={"model": "claude-x"})
        stop = self.event("message_delta", delta={"stop_reason": "tool_use"}, usage={})
        steps = self.hear(start, self.text("first"), self.call(command="ls"), stop, self.result())
        steps += self.hear(start, self.text("sec"), self.text("ond"))
        events = [step.event for step in steps if isinstance(step, Heard)]
        texts = [event.text for event in events if isinstance(event, TextDelta)]
        self.assertEqual(["first", "\n\n", "sec", "ond"], texts)
        actions = [event for event in events if isinstance(event, Action)]
        self.assertEqual([("ls", "started"), ("ls", "done")], [(each.title, each.status) for each in actions])
        self.assertEqual([], [step for step in steps if not isinstance(step, Heard)])

    def test_kinds(self) -> None:
        """Each tool is of a kind; an unknown one goes by its name; a failure is told."""
        self.begin()
        for name, arguments, kind, title in (
            ("Write", {"file_path": "/srv/work/a"}, "file_change", "/srv/work/a"),
            ("Grep", {"pattern": "x+"}, "search", "x+"),
            ("Novel", {"x": "y"}, "tool", "Novel"),
        ):
            begun, over = self.hear(self.call(name, **arguments), self.result(failed=True))
            assert isinstance(begun, Heard)
            assert isinstance(over, Heard)
            self.assertEqual(Action(id="t1", kind=kind, title=title, status="started"), begun.event)
            self.assertEqual(Action(id="t1", kind=kind, title=title, status="failed"), over.event)

    def test_leave(self) -> None:
        """Leave is given only where everything is approved and nothing bounds the program."""
        request = {"subtype": "can_use_tool", "tool_name": "Bash", "input": {"command": "ls"}}
        for agency, behavior in (
            ({}, "deny"),
            ({"approval": "auto", "sandbox": "workspace"}, "deny"),
            ({"approval": "default", "sandbox": "full"}, "deny"),
            ({"approval": "auto", "sandbox": "full"}, "allow"),
        ):
            self.setUp()
            self.begin(**agency)
            [answer] = self.hear({"type": "control_request", "request_id": "r", "request": request})
            assert isinstance(answer, Send)
            said: Any = answer.record["response"]
            self.assertEqual(("r", behavior), (said["request_id"], said["response"]["behavior"]))

    def test_other_requests(self) -> None:
        """What else it asks is refused, never left hanging."""
        self.begin()
        [answer] = self.hear({"type": "control_request", "request_id": "r", "request": {"subtype": "novel"}})
        assert isinstance(answer, Send)
        said: Any = answer.record["response"]
        self.assertEqual("error", said["subtype"])

    def test_subagents(self) -> None:
        """What a subagent says is not the answer."""
        self.begin()
        self.assertEqual([], self.hear({**self.text("aside"), "parent_tool_use_id": "t9"}))

    def test_turns_spent(self) -> None:
        """Where its turns are spent, the answer has ended for its length."""
        self.begin(max_turns=1)
        usage = {"input_tokens": 3, "output_tokens": 2}
        steps = self.hear({"type": "result", "subtype": "error_max_turns", "is_error": True, "usage": usage})
        self.assertEqual([Heard(1, Finished("length", Usage(input=3, output=2))), Ended(1)], steps)

    def test_one_end(self) -> None:
        """The run ends once, and nothing is heard of it then, whatever the program goes on to do."""
        self.begin(max_turns=1)
        spent = {"type": "result", "subtype": "error_max_turns", "is_error": True}
        self.assertEqual(Ended(1), self.hear(spent)[-1])
        self.assertEqual([], self.hear(self.call(), self.result(), self.text("more"), spent))

    def test_interrupted(self) -> None:
        """Nor is anything once it was interrupted, which is done once."""
        self.begin()
        self.hear(self.event("message_start", message={"model": "claude-x"}), self.text("first"), self.call())
        self.assertTrue(self.talk.interrupt(1))
        self.assertEqual([], [*self.talk.interrupt(1)])
        spent = {"type": "result", "subtype": "error_max_turns", "is_error": True}
        self.assertEqual([Ended(1)], self.hear(self.result(), self.text("more"), spent))
        self.assertEqual([], [*self.talk.interrupt(1)])

    def test_half(self) -> None:
        """Half an emoji where yes or no should be is no protocol."""
        self.begin()
        block = {"type": "tool_result", "is_error": "\ud83d"}
        [broken] = self.hear({"type": "user", "message": {"content": [block]}})
        self.assertIsInstance(broken, Broken)

    def test_malformed(self) -> None:
        """A record of another shape ends the process, and quotes nothing."""
        self.begin()
        [broken] = self.hear({"type": "assistant", "message": {"content": 5}})
        self.assertIsInstance(broken, Broken)
