"""
The whole answer in Anthropic's format: silent until the answer is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType
from typing_extensions import assert_never
from zope.interface import implementer

from clinvoker.dialects.actions import told
from clinvoker.dialects.anthropic_usage import MessageUsage, StopReason, message_usage, stop_of
from clinvoker.dialects.surrogates import mended
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


class TextBlock(msgspec.Struct, frozen=True, tag_field="type", tag="text"):
    text: str


class ThinkingBlock(msgspec.Struct, frozen=True, tag_field="type", tag="thinking"):
    thinking: str
    signature: str = ""  # nobody signs what a program tells of the model's thoughts


class ToolUseBlock(msgspec.Struct, frozen=True, tag_field="type", tag="tool_use"):
    id: str
    name: str
    input: msgspec.Raw


class Steps(msgspec.Struct, frozen=True):
    actions: tuple[Action, ...]


Block = TextBlock | ThinkingBlock | ToolUseBlock


class AnthropicMessage(msgspec.Struct, frozen=True, kw_only=True):
    """`clinvoker` is there only if it was asked for."""

    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    model: str
    content: tuple[Block, ...]
    stop_reason: StopReason
    stop_sequence: str | None
    usage: MessageUsage
    clinvoker: Steps | UnsetType = UNSET


class Draft:
    """One block while it grows: `kind` is "text", "thinking" or "tool_use"."""

    def __init__(self, kind: str, call: ToolCallStarted | None = None) -> None:
        self.kind = kind
        self.call = call
        self.pieces: list[str] = []

    def block(self) -> Block:
        """The block as it is now."""
        text = mended("".join(self.pieces))
        if self.call is not None:
            return ToolUseBlock(self.call.id, self.call.name, msgspec.Raw(text.encode() or b"{}"))
        return TextBlock(text) if self.kind == "text" else ThinkingBlock(text)


@implementer(IRenderer)
class WholeMessage:
    """
    One JSON object, given when the answer is finished and not before: a failure can always be told by
    a status, and there is nothing to say in the meantime.
    """

    content_type = b"application/json"

    def __init__(self, identity: str, model: str, thoughts: bool, actions: bool) -> None:
        self._identity = identity
        self._model = model
        self._thoughts = thoughts
        self._told = actions
        self._drafts: list[Draft] = []
        self._actions: list[Action] = []

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        for event in events:
            self._take(event)
        return self._answer(events[-1]) if isinstance(events[-1], Finished) else b""

    def idle(self) -> bytes:
        return b""

    def fail(self, error: ClinvokerError) -> bytes:
        """Nothing: once the answer has begun it is complete."""
        return b""

    def _take(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            self._piece("text", event.text)
        elif isinstance(event, ReasoningDelta):
            if self._thoughts:
                self._piece("thinking", event.text)
        elif isinstance(event, ToolCallDelta):
            self._call(event.id).pieces.append(event.arguments)
        elif isinstance(event, ToolCallStarted):
            self._drafts.append(Draft("tool_use", event))
        elif isinstance(event, Action):
            self._actions.append(told(event))
        elif isinstance(event, Started | Finished):
            pass
        else:
            assert_never(event)

    def _piece(self, kind: str, text: str) -> None:
        if not text:
            return
        if not self._drafts or self._drafts[-1].kind != kind:
            self._drafts.append(Draft(kind))
        self._drafts[-1].pieces.append(text)

    def _call(self, call_id: str) -> Draft:
        return next(draft for draft in self._drafts if draft.call and draft.call.id == call_id)

    def _answer(self, finished: Finished) -> bytes:
        stop = stop_of(finished)
        return msgspec.json.encode(
            AnthropicMessage(
                id=self._identity,
                model=self._model,
                content=tuple(draft.block() for draft in self._drafts),
                stop_reason=stop.stop_reason,
                stop_sequence=stop.stop_sequence,
                usage=message_usage(finished.usage),
                clinvoker=Steps(tuple(self._actions)) if self._told else UNSET,
            )
        )
