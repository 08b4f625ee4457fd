"""
The items of a response while they grow, and the events that tell of it.
"""

from __future__ import annotations

from itertools import count
from typing import ClassVar, Generic, TypeVar

from clinvoker.dialects import sse
from clinvoker.dialects.deltas import Arguments, Delta, encode
from clinvoker.dialects.responses_items import (
    CallItem,
    ItemStatus,
    MessageItem,
    OutputText,
    ReasoningItem,
    ResponseItem,
    SummaryText,
    output_id,
)
from clinvoker.dialects.surrogates import mended

LOST = "The stream is too long to be kept; ask for the response itself."

Made = TypeVar("Made", bound=ResponseItem, covariant=True)


class Events:
    """Writes the events of one stream, which are numbered from 0 on."""

    def __init__(self) -> None:
        self.numbers = count()

    def event(self, kind: bytes, rest: bytes) -> bytes:
        """An event of that type; `rest` is what its object holds besides."""
        return b"%b%d,%b}\n\n" % (beginning(kind), next(self.numbers), rest)


def beginning(kind: bytes) -> bytes:
    """How events of that type begin, up to their number."""
    return b'event: %b\ndata: {"type":"%b","sequence_number":' % (kind, kind)


def lost_event(number: int) -> bytes:
    """The last event of a stream that grew too long to be kept for who reads it late."""
    told = b'"code":"stream_lost","message":%b,"param":null,"sequence_number":%d' % (encode(LOST), number)
    return sse.named_event(b"error", b'{"type":"error",%b}' % told)


class Growing(Generic[Made]):
    """
    One item.  All that is told of it names its id and its place among the items.
    """

    made: ClassVar[type[ResponseItem]]
    kind: ClassVar[bytes]  # of the events that tell of its text
    within: ClassVar[bytes] = b""  # where in the item that text is
    after: ClassVar[bytes] = b""  # what else they hold
    text_kind: ClassVar[type[Delta]] = Delta

    def __init__(self, events: Events, identity: str, index: int) -> None:
        self.id = output_id(self.made, identity, index)
        self.status: ItemStatus = "in_progress"
        self._events = events
        self._pieces: list[str] = []
        self._index = index
        self._at = b'"item_id":%b,"output_index":%d,%b' % (encode(self.id), index, self.within)
        self._beginning = beginning(self.kind + b".delta")
        self._delta = self.text_kind(b"," + self._at + b'"delta":', self.after + b"}\n\n")

    def begin(self) -> bytes:
        """The events that open it."""
        return self._item_event(b"added", self.opened())

    def add(self, text: str) -> bytes:
        """The event for the next piece of its text; nothing for an empty one."""
        self._pieces.append(text)
        rest = self._delta.chunk(text)
        return b"%b%d%b" % (self._beginning, next(self._events.numbers), rest) if rest else b""

    def take(self, text: str) -> None:
        """The same, where nobody is to be told."""
        self._pieces.append(text)

    def end(self, status: ItemStatus) -> bytes:
        """The events that close it; what it says is then known."""
        rest = self._delta.rest()
        last = b"%b%d%b" % (self._beginning, next(self._events.numbers), rest) if rest else b""
        self.status = status
        return b"".join((last, self._text_done(), self._item_event(b"done", self.item())))

    @property
    def text(self) -> str:
        """What it says so far, as it can be sent."""
        return mended("".join(self._pieces))

    def opened(self) -> Made:
        """The item before it says anything."""
        raise NotImplementedError

    def item(self) -> Made:
        """The item as it is now."""
        raise NotImplementedError

    def _text_done(self) -> bytes:
        raise NotImplementedError

    def _item_event(self, what: bytes, item: ResponseItem) -> bytes:
        rest = b'"output_index":%d,"item":%b' % (self._index, encode(item))
        return self._events.event(b"response.output_item." + what, rest)


class GrowingText(Growing[MessageItem]):
    """The assistant's message, of one part."""

    made = MessageItem
    kind = b"response.output_text"
    within = b'"content_index":0,'
    after = b',"logprobs":[]'

    def begin(self) -> bytes:
        return super().begin() + self._part(b"added", OutputText(""))

    def opened(self) -> MessageItem:
        return MessageItem(id=self.id, status=self.status, role="assistant", content=())

    def item(self) -> MessageItem:
        content = (OutputText(self.text),)
        return MessageItem(id=self.id, status=self.status, role="assistant", content=content)

    def _text_done(self) -> bytes:
        text = self.text
        rest = b'%b"text":%b,"logprobs":[]' % (self._at, encode(text))
        return self._events.event(b"response.output_text.done", rest) + self._part(b"done", OutputText(text))

    def _part(self, what: bytes, part: OutputText) -> bytes:
        return self._events.event(b"response.content_part." + what, b'%b"part":%b' % (self._at, encode(part)))


class GrowingReasoning(Growing[ReasoningItem]):
    """What the model thinks, of one part."""

    made = ReasoningItem
    kind = b"response.reasoning_summary_text"
    within = b'"summary_index":0,'

    def begin(self) -> bytes:
        return super().begin() + self._part(b"added", SummaryText(""))

    def opened(self) -> ReasoningItem:
        return ReasoningItem(id=self.id, status=self.status)

    def item(self) -> ReasoningItem:
        return ReasoningItem(id=self.id, status=self.status, summary=(SummaryText(self.text),))

    def _text_done(self) -> bytes:
        text = self.text
        rest = b'%b"text":%b' % (self._at, encode(text))
        return self._events.event(self.kind + b".done", rest) + self._part(b"done", SummaryText(text))

    def _part(self, what: bytes, part: SummaryText) -> bytes:
        kind = b"response.reasoning_summary_part." + what
        return self._events.event(kind, b'%b"part":%b' % (self._at, encode(part)))


class GrowingCall(Growing[CallItem]):
    """A call of one of the client's functions."""

    made = CallItem
    kind = b"response.function_call_arguments"
    text_kind = Arguments

    def __init__(self, events: Events, identity: str, index: int, call_id: str, name: str) -> None:
        super().__init__(events, identity, index)
        self.call_id = call_id
        self.name = name

    @property
    def text(self) -> str:
        """Arguments of which nothing was said are an empty object's."""
        return super().text or "{}"

    def opened(self) -> CallItem:
        return self._call("")

    def item(self) -> CallItem:
        return self._call(self.text)

    def _call(self, arguments: str) -> CallItem:
        return CallItem(
            id=self.id, status=self.status, call_id=self.call_id, name=self.name, arguments=arguments
        )

    def _text_done(self) -> bytes:
        rest = b'%b"name":%b,"arguments":%b' % (self._at, encode(self.name), encode(self.text))
        return self._events.event(self.kind + b".done", rest)
