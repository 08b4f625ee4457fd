"""Captures of the real program, played to a talk; and the words to make up more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from clinvoker.backends.gemini.talk import GeminiTalk
from clinvoker.model import (
    Event,
    Image,
    Invocation,
    Message,
    Part,
    Role,
    Text,
    TextDelta,
    Tool,
    ToolCall,
    Tools,
)
from clinvoker.talk import Ended, Heard, Kept, Record, Remove, Send, Step, Write

CAPTURES = Path(__file__).parents[2] / "captures" / "gemini"
DIRECTORY = "/private"
ADDRESS = "http://127.0.0.1:1"
MODEL = "gemini-2.5-pro"


def lines(name: str) -> list[dict[str, Any]]:
    """The lines of a capture, the note about it left out."""
    text = (CAPTURES / f"{name}.ndjson").read_text(encoding="utf-8")
    return [line for line in map(json.loads, text.split("\n")[:-1]) if "note" not in line]


def made(memory: float = 100.0, method: str = "gemini-api-key", ahead: bool = False) -> GeminiTalk:
    """A talk of a private directory that is not there; its tokens are `token1` and so on."""
    numbers = count(1)
    tokens = (f"token{number}" for number in numbers)
    return GeminiTalk(DIRECTORY, lambda: method, lambda: ADDRESS, lambda: next(tokens), memory, ahead)


def asking(*messages: tuple[Role, str], model: str = "", tools: tuple[Tool, ...] = ()) -> Invocation:
    """Messages of one part each; one short question if there are none."""
    told = messages or (("user", "hi"),)
    parts = tuple(Message(role, (Text(text),)) for role, text in told)
    return Invocation(model=model, messages=parts, tools=Tools(offered=tools))


def captured(told: dict[str, Any]) -> Invocation:
    """What was asked when a capture was made."""
    messages = captured_messages(told["messages"])
    return Invocation(model=told["model"], messages=messages, tools=msgspec.convert(told["tools"], Tools))


def captured_messages(told: list[dict[str, Any]]) -> tuple[Message, ...]:
    """What was said."""
    return tuple(
        Message(
            message["role"],
            tuple(_part(part) for part in message["parts"]),
            msgspec.convert(message["calls"], tuple[ToolCall, ...]),
            message["call_id"],
        )
        for message in told
    )


def _part(told: dict[str, str]) -> Part:
    return Text(told["text"]) if "text" in told else msgspec.convert(told, Image)


class Played:
    """
    What a talk made of a capture; `expected` is what the capture says was sent.  What was kept, and is not
    heard of again in the capture, is forgotten at once.
    """

    def __init__(self, told: Iterable[dict[str, Any]], talk: GeminiTalk | None = None) -> None:
        self.talk = talk or made()
        self.steps: list[Step] = list(self.talk.start())
        self.expected: list[Record] = []
        self.answers: list[tuple[Record | None, Record | None]] = []  # at the addresses of sessions
        told = list(told)
        wanted = {line.get("held", line.get("forget")) for line in told}
        for line in told:
            steps = list(self._tell(line))
            self.steps.extend(steps)
            for run in set(kept(steps)) - wanted:
                self.steps.extend(self.talk.forget(run))

    @property
    def sent(self) -> list[Record]:
        """The records the talk wrote."""
        return [step.record for step in self.steps if isinstance(step, Send)]

    def _tell(self, line: dict[str, Any]) -> Sequence[Step]:
        if "invocation" in line:
            return self.talk.begin(line["begin"], captured(line["invocation"]))
        if "begin" in line:
            parts = [(role, tuple(map(Text, texts))) for role, texts in line["messages"]]
            messages = tuple(Message(role, texts) for role, texts in parts)
            return self.talk.begin(line["begin"], Invocation(model=line["model"], messages=messages))
        if "resume" in line:
            return self.talk.resume(line["held"], line["resume"], captured_messages(line["messages"]))
        if "forget" in line:
            return self.talk.forget(line["forget"])
        if "interrupt" in line:
            return self.talk.interrupt(line["interrupt"])
        if line["dir"] == "in":
            return self.talk.receive(line["msg"])
        if line["dir"] == "mcp":
            self.answers.append((self.talk.asked(line["path"], line["msg"]), line["answer"]))
            return []
        self.expected.append(line["msg"])
        return []

    def events(self, run: int) -> list[Event]:
        """What was heard of a run."""
        return [step.event for step in self.steps if isinstance(step, Heard) and step.run == run]

    def text(self, run: int) -> str:
        """The answer of a run."""
        return "".join(event.text for event in self.events(run) if isinstance(event, TextDelta))

    @property
    def ends(self) -> dict[int, Ended]:
        """How the runs ended."""
        ends = [step for step in self.steps if isinstance(step, Ended)]
        assert len({end.run for end in ends}) == len(ends), "a run ended twice"
        return {end.run: end for end in ends}

    @property
    def left(self) -> set[str]:
        """The files that were written and not removed."""
        there: set[str] = set()
        for step in self.steps:
            if isinstance(step, Write):
                there.add(step.path)
            elif isinstance(step, Remove):
                there = {path for path in there if not f"{path}/".startswith(f"{step.path}/")}
        return there


def kept(steps: Iterable[Step]) -> list[int]:
    """The runs that were kept."""
    return [step.run for step in steps if isinstance(step, Kept)]


def greeted(memory: float = 100.0) -> GeminiTalk:
    """A talk that is ready."""
    talk = made(memory)
    Played(lines("acp-gemini-chat")[:6], talk)
    return talk


def sends(steps: Iterable[Step], method: str) -> list[Record]:
    """What was asked of the program by this method."""
    return [step.record for step in steps if isinstance(step, Send) and step.record.get("method") == method]


def answer(record: Record, **outcome: object) -> Record:
    """The program's answer to a record of ours: `result=...` or `error=...`."""
    return {"jsonrpc": "2.0", "id": record["id"], **outcome}


def update(session: object, kind: str, text: str | None = None) -> Record:
    """A `session/update`."""
    content = {} if text is None else {"content": {"type": "text", "text": text}}
    params = {"sessionId": session, "update": {"sessionUpdate": kind, **content}}
    return {"jsonrpc": "2.0", "method": "session/update", "params": params}


def session_of(record: Record) -> object:
    """The session that a record of ours is about."""
    params = record["params"]
    assert isinstance(params, dict)
    return params["sessionId"]


def prompted(talk: GeminiTalk, run: int, invocation: Invocation) -> Record:
    """Begin a run and bring it to its prompt, which comes back."""
    [load] = sends(talk.begin(run, invocation), "session/load")
    steps = talk.receive(answer(load, result={}))
    more = talk.receive(update(session_of(load), "available_commands_update"))
    [prompt] = sends([*steps, *more], "session/prompt")
    return prompt


def ended(counts: tuple[int, int] = (3, 2), reason: str = "end_turn") -> dict[str, object]:
    """The result of a prompt."""
    count = {"input_tokens": counts[0], "output_tokens": counts[1]}
    return {"stopReason": reason, "_meta": {"quota": {"token_count": count, "model_usage": []}}}
