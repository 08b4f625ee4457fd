"""
Captures played to a talk, and records as the program writes them.

A capture holds what both sides wrote ("out" is ours, "in" the program's) and, where it was made
through a talk, what the talk was asked to do ("begin", "resume", "interrupt", "forget").  What was kept
and is not heard of again in a capture is forgotten at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

import tests
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.errors import ClinvokerError
from clinvoker.model import Event, Image, Invocation, Message, Output, Part, Sampling, Text, ToolCall, Tools
from clinvoker.talk import Ended, Heard, Kept, Parked, Record, Send, Step

CAPTURES = Path(tests.__file__).parent / "captures" / "codex"


class Line(msgspec.Struct, frozen=True):
    """One line of a capture."""

    dir: str
    msg: dict[str, object]


def capture(name: str) -> list[Line]:
    """The lines of a capture."""
    text = (CAPTURES / f"{name}.ndjson").read_text(encoding="utf-8")
    return [msgspec.json.decode(line, type=Line) for line in text.split("\n") if line]


def written(name: str) -> list[Record]:
    """What the program wrote in a capture."""
    return [line.msg for line in capture(name) if line.dir == "in"]


def play(lines: Iterable[Line], talk: CodexTalk | None = None) -> list[Step]:
    """All steps of a talk that lives through these lines."""
    talk, lines = talk or CodexTalk(), list(lines)
    steps = list(talk.start())
    wanted = {_number(line, "held") for line in lines if line.dir in ("resume", "forget")}
    for line in lines:
        before = len(steps)
        if line.dir == "in":
            steps += talk.receive(line.msg)
        elif line.dir == "begin":
            steps += talk.begin(_number(line, "run"), _invocation(line.msg))
        elif line.dir == "resume" and held(steps, _number(line, "held")):
            messages = _messages(line.msg["messages"])
            steps += talk.resume(_number(line, "held"), _number(line, "run"), messages)
        elif line.dir == "forget" and held(steps, _number(line, "held")):
            steps += talk.forget(_number(line, "held"))
        elif line.dir == "interrupt":
            steps += talk.interrupt(_number(line, "run"))
        for run in set(kept(steps[before:])) - wanted:
            steps += talk.forget(run)
    return steps


def held(steps: Iterable[Step], run: int) -> bool:
    """Whether a run was said to be held."""
    return any(isinstance(step, Parked | Kept) and step.run == run for step in steps)


def kept(steps: Iterable[Step]) -> list[int]:
    """The runs that were kept."""
    return [step.run for step in steps if isinstance(step, Kept)]


def _number(line: Line, key: str) -> int:
    return msgspec.convert(line.msg[key], int)


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


def events(steps: Iterable[Step], run: int = 1) -> list[Event]:
    """What was heard of a run."""
    return [step.event for step in steps if isinstance(step, Heard) and step.run == run]


def ends(steps: Iterable[Step], run: int = 1) -> list[ClinvokerError | None]:
    """How a run ended; more than one end is a mistake."""
    return [step.error for step in steps if isinstance(step, Ended) and step.run == run]


def sent(steps: Iterable[Step]) -> list[Record]:
    """What was written to the program."""
    return [step.record for step in steps if isinstance(step, Send)]


def methods(steps: Iterable[Step]) -> list[object]:
    """The methods of what was written to the program."""
    return [record.get("method") for record in sent(steps)]


def asking(text: str = "hello", model: str = "") -> Invocation:
    """A conversation of one message."""
    return Invocation(model=model, messages=(Message("user", (Text(text),)),))


def answer(steps: Sequence[Step], result: object = None, error: str = "") -> Record:
    """The program's answer to the last request among the steps."""
    number = sent(steps)[-1]["id"]
    return (
        {"id": number, "error": {"code": -32600, "message": error}}
        if error
        else {"id": number, "result": result}
    )


def note(method: str, **params: object) -> Record:
    """A notification of the thread that `begun` makes."""
    return {"method": method, "params": {"threadId": "thread-1", **params}}


def turn(method: str, status: str = "inProgress", **more: object) -> Record:
    """`turn/started` or `turn/completed`."""
    return note(f"turn/{method}", turn={"id": "turn-1", "status": status, "items": [], **more})


def delta(text: str, item: str = "msg-1") -> Record:
    """A piece of an answer."""
    return note("item/agentMessage/delta", turnId="turn-1", itemId=item, delta=text)


MADE = {"thread": {"id": "thread-1"}, "model": "gpt-6.1-sol"}


def greeted(login: str | None = "apikey") -> CodexTalk:
    """A talk that is ready."""
    talk = CodexTalk()
    steps = talk.receive(answer(talk.start(), {"userAgent": "clinvoker/0.169.0 (Debian)"}))
    talk.receive(answer(steps, {"authMethod": login}))
    return talk


def begun() -> CodexTalk:
    """A talk whose first run has its turn under way."""
    talk = greeted()
    steps = talk.receive(answer(talk.begin(1, asking()), MADE))
    steps = talk.receive(answer(steps, {}))
    talk.receive(answer(steps, {"turn": {"id": "turn-1"}}))
    talk.receive(turn("started"))
    return talk
