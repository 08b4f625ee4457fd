"""A process as its agent lives with it, and what every talk promises."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from clinvoker.errors import ClinvokerError
from clinvoker.framing import Garbled, RecordReader, line_of
from clinvoker.interfaces import IQuickTalk, ITalk
from clinvoker.model import (
    Event,
    Finished,
    Image,
    Invocation,
    Message,
    Started,
    Text,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from clinvoker.talk import Broken, Ended, Heard, Kept, Over, Parked, Ready, Remove, Send, Step, Write

# Lines of seeds, which come again and again, and what they are for which reader.
READ: dict[str, list[Any]] = {}

NEXT = (Message("user", (Text("and?"),)), Message("user", (Text("a \ud83d"), Image("image/png", "AAAA"))))


class Life:
    """
    A process as its agent lives with it: asks only what may be asked, and holds the talk to its promises.
    `good` says that a run came to an end, of whatever kind.
    """

    def __init__(self, talk: ITalk, invocations: Sequence[Invocation]) -> None:
        self.over = False  # the process is broken
        self.good = False
        self._talk = talk
        self._invocations = invocations
        self._reader = RecordReader(talk.quick if IQuickTalk.providedBy(talk) else None)
        self._runs: dict[int, Watched] = {}  # that have not ended
        self._begun = 0
        self._ready = False
        self._do(talk.start())

    def tell(self, told: Sequence[Any]) -> None:
        """One line of a script."""
        verb, what = told[0], told[1]
        if verb == "in":
            self._hear(what)
        elif verb == "begin":
            self._begin(what)
        elif verb == "also":
            self.also(told)
        else:
            states = (
                ("parked", "kept")
                if verb == "resume"
                else ("kept",)
                if verb == "forget"
                else ("on", "parked")
            )
            fit = [run for run, watched in self._runs.items() if watched.state in states]
            if fit:
                getattr(self, f"_{verb}")(fit[what % len(fit)], what)

    def also(self, told: Sequence[Any]) -> None:
        """What only one program has."""

    def _hear(self, line: str) -> None:
        records = READ.get(line)
        if records is None:
            try:
                records = self._reader.feed(line.encode("utf-8", "surrogatepass") + b"\n")
            except Garbled:
                self.over = True
                return
        talk: Any = self._talk
        for record in records:
            self._do(talk.receive_quick(record) if isinstance(record, Struct) else talk.receive(record))

    def _begin(self, what: int) -> None:
        if self._ready and self._talk.open and len(self._runs) < self._talk.capacity:
            self._begun += 1
            self._runs[self._begun] = Watched()
            self._do(self._talk.begin(self._begun, self._invocations[what % len(self._invocations)]))

    def _resume(self, held: int, what: int) -> None:
        before = self._runs.pop(held)
        self._begun += 1
        self._runs[self._begun] = Watched()
        messages: Sequence[Message] = (NEXT[what % len(NEXT)],)
        if before.state == "parked":
            messages = [
                Message("tool", NEXT[what % len(NEXT)].parts[:1], call_id=call) for call in before.calls
            ]
        self._do(self._talk.resume(held, self._begun, messages))

    def _forget(self, run: int, what: int) -> None:
        self._runs[run].state = "left"
        self._do(self._talk.forget(run))

    def _interrupt(self, run: int, what: int) -> None:
        self._runs[run].state = "left"
        self._do(self._talk.interrupt(run))

    # --- what a talk promises

    def _do(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, Heard):
                assert step.run in self._runs, "an event of a run that is over"
                self._runs[step.run].hear(step.event)
            elif isinstance(step, Ended):
                assert step.run in self._runs, "a run ended twice"
                self._runs.pop(step.run).end(step.error)
                self.good = True
            elif isinstance(step, Over | Parked | Kept):
                assert step.run in self._runs, "something of a run that is over"
                self._runs[step.run].say(step)
                self.good = True
            else:
                self._carry_out(step)

    def _carry_out(self, step: Send | Write | Remove | Ready | Broken) -> None:
        if isinstance(step, Send):
            assert line_of(step.record).count(b"\n") == 1, "a record is not one line"
        elif isinstance(step, Write):
            step.text.encode()
        elif isinstance(step, Ready):
            self._ready = True
        elif isinstance(step, Broken):
            assert isinstance(step.error, ClinvokerError), "an error of no kind"
            self.over = True


class Watched:
    """
    A run.  It is "on", "done" (it has had its last event), "parked", "kept", "left" (nobody listens any
    more), or "over" (its talk has said that nothing more comes).
    """

    def __init__(self) -> None:
        self.state = "on"
        self.calls: dict[str, list[str]] = {}
        self._calling = ""

    def hear(self, event: Event) -> None:
        """An event."""
        assert self.state == "on", f"an event of a run that is {self.state}"
        if isinstance(event, ToolCallStarted):
            assert event.id not in self.calls, "two calls of one id"
            event.id.encode()
            self.calls[event.id] = []
            self._calling = event.id
        elif isinstance(event, ToolCallDelta):
            assert event.id == self._calling, "arguments come between others"
            self.calls[event.id].append(event.arguments)
        else:
            self._calling = ""
        if isinstance(event, Started):
            event.model.encode()
        elif isinstance(event, Finished):
            self.state = "done"
            _check_finished(event, self.calls)

    def say(self, step: Over | Parked | Kept) -> None:
        """Something else."""
        if isinstance(step, Over):
            assert self.state in ("on", "done", "left", "over"), f"it is over and was {self.state}"
            self.state = "over"
            return
        assert self.state == "done", f"it is held and was {self.state}"
        self.state = "parked" if isinstance(step, Parked) else "kept"

    def end(self, error: ClinvokerError | None) -> None:
        """The end."""
        assert error is not None or self.state != "on", "it ended well without having been finished"
        assert error is None or str(error), "an error says nothing"


def _check_finished(event: Finished, calls: Mapping[str, Sequence[str]]) -> None:
    usage = event.usage
    assert usage == Usage(
        input=int(usage.input), cached=usage.cached, output=usage.output, reasoning=usage.reasoning
    )
    assert min(usage.input, usage.cached, usage.output, usage.reasoning) >= 0, "fewer tokens than none"
    assert max(usage.input, usage.output) < 2**60, "more tokens than a store can hold"
    if event.reason == "tool_calls":
        assert calls, "it waits for calls of which there is none"
        for pieces in calls.values():
            assert isinstance(json.loads("".join(pieces)), dict), "arguments are no object"
