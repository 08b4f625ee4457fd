"""The words of the demonstration program (`program.py` tells them all)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zope.interface import implementer

from clinvoker.errors import AgentGarbled
from clinvoker.interfaces import ITalk
from clinvoker.model import (
    Finished,
    Identity,
    Invocation,
    Message,
    ReasoningDelta,
    Started,
    TextDelta,
    Usage,
)
from clinvoker.talk import Ended, Heard, Kept, Ready, Record, Send, Step
from clinvoker.tokens import MOST

MODEL = "demo"
LOGIN = "needs none"


@implementer(ITalk)
class DemoTalk:
    """Many runs at once; the program remembers each whole answer until it goes on or is told to forget."""

    capacity = 1000
    open = True

    def __init__(self) -> None:
        self._under_way: set[int] = set()
        self._unwanted: set[int] = set()  # of those, the interrupted

    def start(self) -> Sequence[Step]:
        return [Send({"type": "hello"})]

    def receive(self, record: Record) -> Sequence[Step]:
        if record.get("type") == "ready":
            return [Ready(Identity(version=_text(record, "version"), login=LOGIN))]
        kind, run = record.get("type"), record.get("run")
        if not isinstance(kind, str) or type(run) is not int or run not in self._under_way:
            return []
        if kind == "done":
            self._under_way.remove(run)
        if run in self._unwanted:
            return self._left(run, record) if kind == "done" else []
        return MEANINGS[kind](run, record) if kind in MEANINGS else []

    def begin(self, run: int, invocation: Invocation) -> Sequence[Step]:
        self._under_way.add(run)
        return [Send({"type": "ask", "run": run, "messages": _told(invocation.messages)})]

    def resume(self, held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        self._under_way.add(run)
        return [Send({"type": "go", "run": run, "after": held, "messages": _told(messages)})]

    def forget(self, run: int) -> Sequence[Step]:
        return [Send({"type": "forget", "run": run}), Ended(run)]

    def interrupt(self, run: int) -> Sequence[Step]:
        if run not in self._under_way or run in self._unwanted:
            return []
        self._unwanted.add(run)
        return [Send({"type": "stop", "run": run})]

    def _left(self, run: int, record: Record) -> Sequence[Step]:
        """An interrupted run is over; where it was quicker than that the program remembers its answer."""
        self._unwanted.remove(run)
        return self.forget(run) if record.get("reason") == "all" else [Ended(run)]


def _told(messages: Sequence[Message]) -> list[Record]:
    return [{"role": message.role, "text": message.text} for message in messages]


def _begun(run: int, record: Record) -> list[Step]:
    return [Heard(run, Started(MODEL))]


def _thought(run: int, record: Record) -> list[Step]:
    return [Heard(run, ReasoningDelta(_text(record, "text")))]


def _word(run: int, record: Record) -> list[Step]:
    return [Heard(run, TextDelta(_text(record, "text")))]


def _done(run: int, record: Record) -> list[Step]:
    usage = Usage(input=_number(record, "asked"), output=_number(record, "answered"))
    if record.get("reason") != "all":
        return [Ended(run, AgentGarbled("The demonstration stopped an answer by itself.", MODEL))]
    return [Heard(run, Finished("stop", usage)), Kept(run)]


MEANINGS: Mapping[str, Callable[[int, Record], list[Step]]] = {
    "begun": _begun,
    "thought": _thought,
    "word": _word,
    "done": _done,
}


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _number(record: Record, key: str) -> int:
    value = record.get(key)
    return value if type(value) is int and 0 < value <= MOST else 0
