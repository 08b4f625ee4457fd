"""
Captures played to a talk, and records as the program writes them.

A capture holds what both sides wrote ("out" is ours, "in" the program's) and what the talk was
asked to do ("begin", "resume", "interrupt", "go on", "forget"); one of an answer with a schema begins with
that ("schema"), one of a process that is used for more than one conversation with how ("reuse").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

import tests
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.errors import ClinvokerError
from clinvoker.model import (
    Event,
    Image,
    Invocation,
    Message,
    Output,
    Part,
    Role,
    Sampling,
    Text,
    TextDelta,
    ToolCall,
    Tools,
)
from clinvoker.talk import Broken, Ended, Heard, Kept, Parked, Record, Send, Step

CAPTURES = Path(tests.__file__).parent / "captures" / "claude"


class Line(msgspec.Struct, frozen=True):
    """One line of a capture."""

    dir: str
    msg: dict[str, object]


def capture(name: str) -> list[Line]:
    """The lines of a capture."""
    text = (CAPTURES / f"chat-{name}.ndjson").read_text(encoding="utf-8")
    return [msgspec.json.decode(line, type=Line) for line in text.split("\n") if line]


def names() -> list[str]:
    """Every capture there is."""
    return sorted(path.stem.removeprefix("chat-") for path in CAPTURES.glob("chat-*.ndjson"))


def written(name: str) -> list[Record]:
    """What the program wrote in a capture."""
    return [line.msg for line in capture(name) if line.dir == "in"]


def play(lines: Iterable[Line], talk: ClaudeTalk | None = None) -> list[Step]:
    """All steps of a talk that lives through these lines."""
    lines = list(lines)
    talk = talk or _talk(lines)
    steps = list(talk.start())
    for line in lines:
        if line.dir == "in":
            steps += talk.receive(line.msg)
        elif line.dir == "begin":
            steps += talk.begin(_number(line, "run"), _invocation(line.msg))
        elif line.dir == "resume" and Parked(_number(line, "parked")) in steps:
            results = _messages(line.msg["results"])
            steps += talk.resume(_number(line, "parked"), _number(line, "run"), results)
        elif line.dir == "go on" and Kept(_number(line, "kept")) in steps:
            steps += talk.resume(_number(line, "kept"), _number(line, "run"), _messages(line.msg["messages"]))
        elif line.dir == "interrupt":
            steps += talk.interrupt(_number(line, "run"))
        elif line.dir == "forget":
            steps += talk.forget(_number(line, "run"))
    return steps


def _talk(lines: list[Line]) -> ClaudeTalk:
    first = lines[0] if lines else Line("", {})
    if first.dir == "reuse":
        return ClaudeTalk(rehearse=bool(first.msg["rehearse"]))
    return ClaudeTalk(first.msg if first.dir == "schema" else None, reuse=False)


def _number(line: Line, key: str) -> int:
    return msgspec.convert(line.msg.get(key, 1), int)


def _invocation(record: Mapping[str, Any]) -> Invocation:
    return Invocation(
        model=record["model"],
        messages=_messages(record["messages"]),
        tools=msgspec.convert(record.get("tools", {}), Tools),
        output=msgspec.convert(record.get("output", {}), Output),
        sampling=msgspec.convert(record.get("sampling", {}), Sampling),
    )


def _messages(records: Any) -> tuple[Message, ...]:
    return tuple(
        Message(
            record["role"],
            tuple(_part(part) for part in record["parts"]),
            msgspec.convert(record.get("calls", ()), tuple[ToolCall, ...]),
            record.get("call_id", ""),
        )
        for record in records
    )


def _part(record: Mapping[str, Any]) -> Part:
    return msgspec.convert(record, Text) if "text" in record else msgspec.convert(record, Image)


def events(steps: Iterable[Step]) -> list[Event]:
    """What was heard."""
    return [step.event for step in steps if isinstance(step, Heard)]


def text(steps: Iterable[Step]) -> str:
    """The answer."""
    return "".join(event.text for event in events(steps) if isinstance(event, TextDelta))


def ends(steps: Iterable[Step]) -> list[ClinvokerError | None]:
    """How the run ended; more than one end is a mistake.  One that is kept ended well."""
    ended = [step for step in steps if isinstance(step, Ended | Broken | Kept)]
    return [None if isinstance(step, Kept) else step.error for step in ended]


def sent(steps: Iterable[Step]) -> list[Record]:
    """What was written to the program."""
    return [step.record for step in steps if isinstance(step, Send)]


def asking(*said: tuple[Role, str], model: str = "") -> Invocation:
    """A conversation; of one message, "hello", if nothing is said."""
    messages = said or (("user", "hello"),)
    return Invocation(model=model, messages=tuple(Message(role, (Text(text),)) for role, text in messages))


def asking_with(tools: Tools) -> Invocation:
    """A conversation of one message with tools."""
    return Invocation(model="", messages=(Message("user", (Text("hello"),)),), tools=tools)


def greeted(reuse: bool = False) -> ClaudeTalk:
    """A talk that is ready."""
    talk = ClaudeTalk(reuse=reuse)
    talk.start()
    talk.receive(reply("initialize"))
    return talk


def begun(*said: tuple[Role, str]) -> ClaudeTalk:
    """A talk that has sent the first portion of its conversation."""
    talk = greeted()
    talk.begin(1, asking(*said))
    return talk


def reply(request_id: str, error: str = "", **response: object) -> Record:
    """The answer to a request of ours."""
    inside: dict[str, object] = {"subtype": "error" if error else "success", "request_id": request_id}
    return {"type": "control_response", "response": {**inside, "error": error, "response": response}}


def streamed(kind: str, **fields: object) -> Record:
    """An event of the provider's stream."""
    return {"type": "stream_event", "event": {"type": kind, **fields}}


def started(model: str = "claude-opus-5-5") -> Record:
    """The provider begins a message."""
    return streamed("message_start", message={"model": model, "usage": {"input_tokens": 7}})


def piece(said: str) -> Record:
    """The next words."""
    return streamed("content_block_delta", delta={"type": "text_delta", "text": said})


def whole(said: str, **fields: object) -> Record:
    """A message in one."""
    content = [{"type": "text", "text": said}]
    return {"type": "assistant", "message": {"model": "claude-opus-5-5", "content": content}, **fields}


def result(**fields: object) -> Record:
    """The end of a turn that went well, unless the fields say otherwise."""
    return {"type": "result", "subtype": "success", "is_error": False, "stop_reason": "end_turn", **fields}
