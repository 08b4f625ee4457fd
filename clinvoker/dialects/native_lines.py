"""
The events of one task as lines, while they happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from typing_extensions import assert_never

from clinvoker.dialects import native_events as lines
from clinvoker.dialects.native_results import token_usage
from clinvoker.dialects.surrogates import Mender, mended
from clinvoker.dialects.times import rfc3339
from clinvoker.model import (
    Action,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from clinvoker.orders import Outcome, Task

_encode = msgspec.json.Encoder().encode
NANOSECONDS = 1_000_000_000


class Numbering:
    """Writes the lines of one answer; `now` gives seconds since 1970."""

    def __init__(self, now: Callable[[], float], session: str = "") -> None:
        self._now = now
        self._session = session
        self.written = 0

    def line(self, kind: type[lines.Line], content: object, backend: str = "", **more: Any) -> bytes:
        """One line, with its end."""
        self.written += 1
        said = kind(
            sequence=self.written,
            timestamp=rfc3339(self._now()),
            backend=backend,
            session_id=self._session,
            content=content,  # type: ignore[call-arg]
            **more,
        )
        return _encode(said) + b"\n"


class TaskLines:
    """
    Turns the events of one task into lines.  `ignored` names what has no effect, `place` is there if there
    are several tasks.

    Nothing is written on `Started`: until there is output, a failure can still be told by a status.
    """

    def __init__(
        self, task: Task, numbering: Numbering, ignored: Sequence[str] = (), place: int | None = None
    ) -> None:
        self._numbering = numbering
        self._backend = task.backend
        self._workdir = task.asked.invocation.agency.workdir
        self._ignored = tuple(ignored)
        self._tag = {} if place is None else {"task": place}
        self._model = ""
        self._text = Mender()
        self._thought = Mender()
        self.begun = False

    def feed(self, events: Sequence[Event]) -> bytes:
        """The lines for these events."""
        return b"".join(line for event in events for line in self._lines(event))

    def idle(self) -> bytes:
        """A line that shows life."""
        return self._begin() + self._line(lines.ProgressLine, lines.Progress("waiting"))

    def failed(self, outcome: Outcome) -> bytes:
        """The line of the failure; none where there was none."""
        if outcome.error is None:
            return b""
        failed = lines.Failed(code=outcome.error.code, message=mended(outcome.error.message))
        return self._line(lines.ErrorLine, failed)

    def done(self, outcome: Outcome, turns: int) -> bytes:
        """The last line of a prompt that was carried out, and before it the tokens."""
        usage = token_usage(outcome.usage) if outcome.usage else None
        told = self._line(lines.UsageLine, usage) if usage else b""
        done = lines.Done(
            duration=round(outcome.seconds * NANOSECONDS),
            token_usage=usage,
            finish_reason=outcome.reason,
            turn_count=turns,
        )
        return told + self._line(lines.DoneLine, done)

    def said(self, text: str) -> bytes:
        """A text that did not come from a run."""
        return self._begin() + self._line(lines.MessageLine, lines.Said(text=text, is_partial=False))

    def _lines(self, event: Event) -> Iterator[bytes]:
        if isinstance(event, Started):
            self._model = mended(event.model)
            return
        yield self._begin()
        if isinstance(event, TextDelta):
            yield self._message(self._text.feed(event.text))
        elif isinstance(event, ReasoningDelta):
            yield self._thinking(self._thought.feed(event.text))
        elif isinstance(event, Action):
            yield self._action(event)
        elif isinstance(event, Finished):
            yield self._thinking(self._thought.rest())
            yield self._message(self._text.rest())
        elif isinstance(event, ToolCallStarted | ToolCallDelta):
            pass  # no tools of the client's are offered here, so none is called
        else:
            assert_never(event)

    def _begin(self) -> bytes:
        if self.begun:
            return b""
        self.begun = True
        began = lines.Began(model=self._model, working_dir=self._workdir, ignored=self._ignored)
        return self._line(lines.InitLine, began)

    def _message(self, text: str) -> bytes:
        return self._line(lines.MessageLine, lines.Said(text=text)) if text else b""

    def _thinking(self, text: str) -> bytes:
        return self._line(lines.ThinkingLine, lines.Thought(text=text)) if text else b""

    def _action(self, action: Action) -> bytes:
        tool, title = mended(action.id), mended(action.title)
        if action.status == "started":
            begun = lines.StepBegun(tool_id=tool, tool_name=action.kind, input=lines.StepInput(title))
            return self._line(lines.ToolUseLine, begun)
        failed = action.status == "failed"
        done = lines.StepDone(tool_id=tool, tool_name=action.kind, output=title, is_error=failed)
        return self._line(lines.ToolResultLine, done)

    def _line(self, kind: type[lines.Line], content: object) -> bytes:
        return self._numbering.line(kind, content, self._backend, **self._tag)
