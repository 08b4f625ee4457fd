"""
The streamed answer in Anthropic's format: each event becomes events of the stream as it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from typing_extensions import assert_never
from zope.interface import implementer

from clinvoker.dialects import sse
from clinvoker.dialects.actions import told
from clinvoker.dialects.anthropic_blocks import Blocks
from clinvoker.dialects.anthropic_usage import MessageUsage, StopDelta, ThinkingCount, message_usage, stop_of
from clinvoker.dialects.deltas import encode
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
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

PING = sse.named_event(b"ping", b'{"type":"ping"}')
_STOP = sse.named_event(b"message_stop", b'{"type":"message_stop"}')


class MessageDelta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message_delta"):
    delta: StopDelta
    usage: MessageUsage


@implementer(IRenderer)
class StreamedMessage:
    """
    Server-sent events, each with its name, without which the SDKs skip it.

    Nothing is written on `Started`: until there is output, a failure can still be told by a status.
    `expected` is the number of tokens that the beginning says were read, since the program tells it at
    the end only, where it is told again.  The agent's own steps are events `clinvoker`, for who asked.
    """

    content_type = sse.CONTENT_TYPE

    def __init__(
        self,
        identity: str,
        model: str,
        expected: int,
        thoughts: bool,
        actions: bool,
        error_body: Callable[[ClinvokerError], bytes],
    ) -> None:
        self._start = _message_start(identity, model, expected)
        self._thoughts = thoughts
        self._actions = actions
        self._error_body = error_body
        self._blocks = Blocks()
        self._begun = False

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        sent = b"".join(map(self._event, events))
        return self._opened(sent) if sent else b""

    def idle(self) -> bytes:
        """A ping, which must not come before the beginning."""
        return self._opened(PING)

    def fail(self, error: ClinvokerError) -> bytes:
        """The error, and no `message_stop`: a failed stream must not look finished."""
        return sse.named_event(b"error", self._error_body(error))

    def _opened(self, sent: bytes) -> bytes:
        if self._begun:
            return sent
        self._begun = True
        return self._start + sent

    def _event(self, event: Event) -> bytes:
        if isinstance(event, TextDelta):
            return self._blocks.text(event.text)
        if isinstance(event, ReasoningDelta):
            return self._blocks.thought(event.text) if self._thoughts else b""
        if isinstance(event, ToolCallDelta):
            return self._blocks.arguments(event.id, event.arguments)
        if isinstance(event, ToolCallStarted):
            return self._blocks.call(event.id, event.name)
        if isinstance(event, Finished):
            return self._finish(event)
        if isinstance(event, Action):
            return self._action(event)
        if isinstance(event, Started):
            return b""
        assert_never(event)

    def _finish(self, finished: Finished) -> bytes:
        last = MessageDelta(delta=stop_of(finished), usage=message_usage(finished.usage))
        return b"".join((self._blocks.close(), sse.named_event(b"message_delta", encode(last)), _STOP))

    def _action(self, action: Action) -> bytes:
        if not self._actions:
            return b""
        return sse.named_event(b"clinvoker", b'{"type":"clinvoker","action":%b}' % encode(told(action)))


def _message_start(identity: str, model: str, expected: int) -> bytes:
    usage = MessageUsage(input_tokens=expected, output_tokens=0, output_tokens_details=ThinkingCount(0))
    message = (
        b'{"id":%b,"type":"message","role":"assistant","model":%b,"content":[],"stop_reason":null,'
        b'"stop_sequence":null,"usage":%b}' % (encode(identity), encode(model), encode(usage))
    )
    return sse.named_event(b"message_start", b'{"type":"message_start","message":%b}' % message)
