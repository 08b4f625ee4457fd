"""The talks of programs that work by themselves, in agent mode."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from clinvoker.agency import Agency
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.backends.claude.work import ClaudeWork
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.interfaces import ITalk
from clinvoker.talk import Record
from tests.backends.claude import playing as claude
from tests.backends.codex import playing as codex
from tests.backends.gemini import playing as gemini
from tests.fuzzing.target import Input
from tests.fuzzing.targets.talks import TalkTarget

SESSION = "00000001-0000-4000-8000-000000000000"
AGENCY = Agency(mode="agent", workdir="/srv/work", approval="auto", sandbox="full")
WORKING = replace(claude.asking(("system", "Be brief."), ("user", "go on")), agency=AGENCY)


class AtWork(TalkTarget):
    """One run of each; the head of a script says whose."""

    name = "at-work"
    planted = ("clinvoker.backends.claude.work", "permitted")
    invocations = (WORKING,)

    def scripts(self) -> Sequence[Input]:
        programs = {"claude": _claude, "codex": _codex, "gemini": _gemini}
        return [
            [
                ["talk", {"program": name}],
                *(["in", json.dumps(each)] if each else ["begin", 0] for each in told()),
            ]
            for name, told in programs.items()
        ]

    def talk(self, options: Mapping[str, Any]) -> ITalk:
        if options["program"] == "claude":
            return ClaudeWork(ClaudeTalk(reuse=False), "Be brief.")
        return CodexTalk(at_work=True) if options["program"] == "codex" else gemini.made()


def _claude() -> Sequence[Record | None]:
    """What it writes; None is where the run begins."""
    call = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}
    done = {"type": "tool_result", "tool_use_id": "t1", "content": "x", "is_error": False}
    leave = {"subtype": "can_use_tool", "tool_name": "Bash", "input": {"command": "ls"}}
    usage = {"input_tokens": 3, "output_tokens": 2}
    return [
        claude.reply("initialize"),
        None,
        {"type": "system", "subtype": "init", "tools": ["Bash", "Read"]},
        claude.started(),
        claude.piece("first"),
        {"type": "assistant", "message": {"content": [call]}, "parent_tool_use_id": None},
        {"type": "control_request", "request_id": "r", "request": leave},
        claude.streamed("message_delta", delta={"stop_reason": "tool_use"}, usage={}),
        {"type": "user", "message": {"role": "user", "content": [done]}},
        claude.piece("second"),
        claude.result(usage=usage),
        claude.result(subtype="error_max_turns", is_error=True, usage=usage),
    ]


def _codex() -> Sequence[Record | None]:
    command = {"id": "i", "type": "commandExecution", "command": "ls", "status": "completed"}
    change = {"id": "j", "type": "fileChange", "changes": [{"path": "/srv/a"}], "status": "declined"}
    return [
        {"id": 1, "result": {"userAgent": "clinvoker/0.169.0 (Debian)"}},
        {"id": 2, "result": {"authMethod": "apikey"}},
        None,
        {"id": 3, "result": codex.MADE},
        {"id": 4, "result": {}},
        {"id": 5, "result": {"turn": {"id": "turn-1"}}},
        codex.turn("started"),
        codex.note("item/started", item=command),
        codex.note("item/completed", item=command),
        {"id": 9, "method": "item/commandExecution/requestApproval", "params": {"threadId": "thread-1"}},
        codex.note("item/started", item=change),
        codex.delta("done"),
        codex.turn("completed", "completed"),
    ]


def _gemini() -> Sequence[Record | None]:
    def update(what: str, **more: object) -> Record:
        told = gemini.update(SESSION, what)
        return {**told, "params": {**told["params"], "update": {"sessionUpdate": what, **more}}}  # type: ignore[dict-item]

    call = {"toolCallId": "c1", "kind": "edit", "title": "a.txt"}
    leave = {"sessionId": SESSION, "toolCall": call, "options": []}
    greeting = [line["msg"] for line in gemini.lines("acp-gemini-chat")[:6] if line.get("dir") == "in"]
    return [
        *greeting,
        None,
        {"jsonrpc": "2.0", "id": 4, "result": {}},
        update("available_commands_update"),
        update("tool_call", **call, status="in_progress"),
        {"jsonrpc": "2.0", "id": 9, "method": "session/request_permission", "params": leave},
        update("tool_call_update", toolCallId="c1", status="completed"),
        update("agent_message_chunk", content={"type": "text", "text": "done"}),
        {"jsonrpc": "2.0", "id": 5, "result": gemini.ended()},
        {"jsonrpc": "2.0", "id": 6, "result": gemini.ended(reason="max_turn_requests")},
    ]
