"""
The real talks of the house with nothing real below them: children in memory that greet as the programs
do, and then write one piece of an answer as often as is wanted.

Lines are shaped as the programs write them (tests/captures).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from clinvoker.backends.claude import ClaudeBackend
from clinvoker.backends.codex import CodexBackend
from clinvoker.backends.demo import Demo
from clinvoker.interfaces import IBackend
from clinvoker.testing.process import MemoryChild

Record = Mapping[str, object]

_UUIDS = {
    "session_id": "0b5f7c1e-3a51-4d5c-9a1c-0c4b8e6f3d21",
    "parent_tool_use_id": None,
    "uuid": "8c1f7f0e-52b3-4a7b-8f0f-5d0b8a0f1c77",
}


class Program(msgspec.Struct, frozen=True):
    """
    A program in memory: what it answers to a record, how an answer begins, and a piece of one.
    """

    backend: IBackend
    reply: Callable[[Record], list[Record]]
    opening: tuple[Record, ...]
    piece: Callable[[str], Record]


def _claude_reply(asked: Record) -> list[Record]:
    if asked.get("type") != "control_request":
        return []
    answer = {"claude_code_version": "2.1.330", "model": "opus", "account": {"apiKeySource": "none"}}
    reply = {"subtype": "success", "request_id": asked["request_id"], "response": answer}
    return [{"type": "control_response", "response": reply}]


def _claude_event(event: Record) -> Record:
    return {"type": "stream_event", "event": event, **_UUIDS}


def _claude_piece(text: str) -> Record:
    delta = {"type": "text_delta", "text": text}
    return _claude_event({"type": "content_block_delta", "index": 0, "delta": delta})


_CODEX: Mapping[str, object] = {
    "initialize": {"userAgent": "clinvoker/0.169.0 (Debian 12.0.0; x86_64) unknown (clinvoker; 0.1)"},
    "getAuthStatus": {"authMethod": "apikey"},
    "thread/start": {"thread": {"id": "t"}, "model": "gpt"},
}


def _codex_reply(asked: Record) -> list[Record]:
    if "id" not in asked:
        return []
    return [{"id": asked["id"], "result": _CODEX.get(str(asked["method"]), {})}]


def _codex_note(method: str, **params: object) -> Record:
    return {"method": method, "params": {"threadId": "t", **params}, "emittedAtMs": 1795378366718}


def _codex_piece(text: str) -> Record:
    item = {"turnId": "01a204e3-c8d8-7061-ba13-ef1122cfa63a", "itemId": "msg_1", "delta": text}
    return _codex_note("item/agentMessage/delta", **item)


def _demo_reply(asked: Record) -> list[Record]:
    return [{"type": "ready", "version": "1"}] if asked["type"] == "hello" else []


PROGRAMS: Mapping[str, Program] = {
    "claude": Program(
        ClaudeBackend(),
        _claude_reply,
        (_claude_event({"type": "message_start", "message": {"model": "opus", "content": []}}),),
        _claude_piece,
    ),
    "codex": Program(
        CodexBackend(),
        _codex_reply,
        (_codex_note("turn/started", turn={"id": "1", "status": "inProgress"}),),
        _codex_piece,
    ),
    "demo": Program(
        Demo(),
        _demo_reply,
        ({"type": "begun", "run": 1},),
        lambda text: {"type": "word", "run": 1, "text": text},
    ),
}


def answer_all(program: Program, child: MemoryChild) -> None:
    """Have the program answer what it was sent, and what it is sent for that, until it is asked a prompt."""
    while child.written:
        asked, child.written = child.records, b""
        for record in asked:
            child.says(*program.reply(record))
    child.says(*program.opening)
