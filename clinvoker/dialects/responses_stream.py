"""
The answer to a Responses request: each event becomes events of the API as it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace
from typing_extensions import assert_never
from zope.interface import implementer

from clinvoker.dialects import sse
from clinvoker.dialects.actions import AnswerActions, told
from clinvoker.dialects.calls import object_text
from clinvoker.dialects.deltas import encode
from clinvoker.dialects.responses_items import ItemStatus, ResponseItem
from clinvoker.dialects.responses_object import ResponseObject, ended, failed
from clinvoker.dialects.responses_pieces import (
    Events,
    Growing,
    GrowingCall,
    GrowingReasoning,
    GrowingText,
)
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import (
    Action,
    Event,
    Finished,
    Message,
    ReasoningDelta,
    Started,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)
from clinvoker.records import UNDER_WAY


@implementer(IRenderer)
class StreamedResponse:
    """
    Server-sent events with names.

    Nothing is written on `Started`: until there is output, a failure can still be told by a status.  The
    last event is `response.completed`, `.incomplete` or `.failed`, and holds the whole response.
    """

    content_type = sse.CONTENT_TYPE

    def __init__(self, response: ResponseObject, identity: str, actions: bool = False) -> None:
        self.response = response  # as it is now, but for the output while that grows
        self._identity = identity
        self._told = actions
        self._actions: list[Action] = []
        self._events = Events()
        self._begun = self._queued = False
        self._items: list[Growing[ResponseItem]] = []
        self._saying: GrowingText | GrowingReasoning | None = None
        self._calls: dict[str, GrowingCall] = {}
        self._calling: GrowingCall | None = None

    # --- IRenderer

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        written: list[bytes] = []
        for event in events:
            if isinstance(event, TextDelta) and event.text and isinstance(self._saying, GrowingText):
                written.append(self._saying.add(event.text))  # what happens most, without a detour
            elif self._says(event):
                if not self._begun:
                    written += self._begin()
                written += self._take(event)
        return written[0] if len(written) == 1 else b"".join(written)

    def idle(self) -> bytes:
        return sse.KEEP_ALIVE

    def fail(self, error: ClinvokerError) -> bytes:
        """The last event, with all that was said before it.  A sign of life may be all that was written."""
        return self._break(lambda output: failed(self.response, output, error))

    # --- of this API alone

    def queue(self) -> bytes:
        """The first events of a response that will go on by itself."""
        self.response = replace(self.response, status="queued")
        self._queued = True
        return self._life(b"created") + self._life(b"queued")

    def cancel(self) -> bytes:
        """The last event of a response that was given up.  The API has none of that name."""
        return self._break(lambda output: replace(self.response, status="cancelled", output=output))

    def message(self) -> Message:
        """The answer as a message, the same that a client of chat completions would send back."""
        texts = [growing.text for growing in self._items if isinstance(growing, GrowingText)]
        calls = (ToolCall(call.call_id, call.name, object_text(call.text)) for call in self._calls.values())
        return Message("assistant", (Text("".join(texts)),) if texts else (), tuple(calls))

    def output(self) -> tuple[ResponseItem, ...]:
        """The items as they are now."""
        return tuple(growing.item() for growing in self._items)

    def so_far(self) -> ResponseObject:
        """The response as it is now, with what it says until now."""
        return replace(self.response, output=self.output())

    # --- within

    def _says(self, event: Event) -> bool:
        """Whether the client is to hear of it."""
        if isinstance(event, TextDelta | ReasoningDelta):
            return bool(event.text)
        return self._told if isinstance(event, Action) else not isinstance(event, Started)

    def _take(self, event: Event) -> Iterator[bytes]:
        if isinstance(event, TextDelta):
            yield from self._say(GrowingText, event.text)
        elif isinstance(event, ReasoningDelta):
            yield from self._say(GrowingReasoning, event.text)
        elif isinstance(event, ToolCallDelta):
            yield self._calls[event.id].add(event.arguments)
        elif isinstance(event, ToolCallStarted):
            yield from self._call(event)
        elif isinstance(event, Finished):
            yield from self._finish(event)
        elif isinstance(event, Action):
            yield self._action(event)
        elif isinstance(event, Started):
            pass
        else:
            assert_never(event)

    def _begin(self) -> Iterator[bytes]:
        self._begun = True
        self.response = replace(self.response, status="in_progress")
        if not self._queued:
            yield self._life(b"created")
        yield self._life(b"in_progress")

    def _say(self, kind: type[GrowingText | GrowingReasoning], text: str) -> Iterator[bytes]:
        """Go on with a text, or begin one; what was said before is then over."""
        if type(self._saying) is not kind:
            yield from self._hush()
            self._saying = kind(self._events, self._identity, len(self._items))
            self._items.append(self._saying)
            yield self._saying.begin()
        assert self._saying is not None
        yield self._saying.add(text)

    def _call(self, started: ToolCallStarted) -> Iterator[bytes]:
        """A call is over when the next begins, or with the answer: all its arguments come before."""
        yield from self._hush()
        yield from self._hang_up()
        place = len(self._items)
        call = GrowingCall(self._events, self._identity, place, started.id, started.name)
        self._calls[started.id] = self._calling = call
        self._items.append(call)
        yield call.begin()

    def _hush(self, status: ItemStatus = "completed") -> Iterator[bytes]:
        saying, self._saying = self._saying, None
        if saying is not None:
            yield saying.end(status)

    def _hang_up(self, status: ItemStatus = "completed") -> Iterator[bytes]:
        calling, self._calling = self._calling, None
        if calling is not None:
            yield calling.end(status)

    def _action(self, action: Action) -> bytes:
        self._actions.append(told(action))
        return self._events.event(b"clinvoker.action", b'"action":' + encode(self._actions[-1]))

    def _finish(self, finished: Finished) -> Iterator[bytes]:
        if not self._calls and not any(isinstance(growing, GrowingText) for growing in self._items):
            yield from self._say(GrowingText, "")  # an answer has a message, if an empty one
        status: ItemStatus = "completed" if finished.reason in ("stop", "tool_calls") else "incomplete"
        yield from self._hush(status)
        yield from self._hang_up(status)
        self.response = ended(self.response, self.output(), finished.reason, finished.usage)
        self._tell_actions()
        yield self._life(self.response.status.encode())

    def _break(self, broken: Callable[[tuple[ResponseItem, ...]], ResponseObject]) -> bytes:
        """End it before its time; one that has ended has had its last event."""
        if self.response.status not in UNDER_WAY:
            return b""
        opened = b"" if self._begun else b"".join(self._begin())
        for growing in self._items:
            if growing.status == "in_progress":
                growing.status = "incomplete"
        self.response = broken(self.output())
        self._tell_actions()
        return opened + self._life(b"failed")

    def _tell_actions(self) -> None:
        if self._told:
            told = AnswerActions(actions=tuple(self._actions))
            self.response = replace(self.response, clinvoker=told)

    def _life(self, what: bytes) -> bytes:
        return self._events.event(b"response." + what, b'"response":' + encode(self.response))


@implementer(IRenderer)
class WholeResponse(StreamedResponse):
    """
    The same response as one JSON object, given when it is finished and not before: a failure can always
    be told by a status.
    """

    content_type = b"application/json"

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        for event in events:
            if isinstance(event, TextDelta) and event.text and isinstance(self._saying, GrowingText):
                self._saying.take(event.text)
            else:
                super().feed([event])
        return encode(self.response) if isinstance(events[-1], Finished) else b""

    def idle(self) -> bytes:
        return b""

    def fail(self, error: ClinvokerError) -> bytes:
        """Nothing: once the answer has begun it is complete."""
        return b""
