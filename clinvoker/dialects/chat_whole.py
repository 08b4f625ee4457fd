"""
The whole chat answer: silent until the answer is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType
from typing_extensions import assert_never
from zope.interface import implementer

from clinvoker.dialects.actions import AnswerActions, told
from clinvoker.dialects.completion_usage import CompletionUsage, completion_usage, total
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import (
    Action,
    Event,
    Finished,
    FinishReason,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)


class AnswerFunction(msgspec.Struct, frozen=True):
    name: str
    arguments: str


class AnswerCall(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: Literal["function"] = "function"
    function: AnswerFunction


class AnswerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """
    Of what an answer may have, `tool_calls` and `reasoning_content` are there only if it has some,
    `clinvoker` only if it was asked for.
    """

    role: Literal["assistant"] = "assistant"
    content: str | None
    refusal: None = None
    reasoning_content: str | UnsetType = UNSET
    tool_calls: tuple[AnswerCall, ...] | UnsetType = UNSET
    clinvoker: AnswerActions | UnsetType = UNSET


class AnswerChoice(msgspec.Struct, frozen=True, kw_only=True):
    index: int
    message: AnswerMessage
    logprobs: None = None
    finish_reason: FinishReason  # our words are OpenAI's


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[AnswerChoice, ...]
    usage: CompletionUsage


class Draft:
    """One choice while it grows."""

    def __init__(self, index: int, actions: bool = False) -> None:
        self._index = index
        self._told = actions
        self._actions: list[Action] = []
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._names: dict[str, str] = {}  # of the calls, by id and in their order
        self._arguments: dict[str, list[str]] = {}
        self.finished: Finished | None = None

    def take(self, event: Event) -> None:
        """Add what happened."""
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        elif isinstance(event, ReasoningDelta):
            self._reasoning.append(event.text)
        elif isinstance(event, ToolCallDelta):
            self._arguments[event.id].append(event.arguments)
        elif isinstance(event, ToolCallStarted):
            self._names[event.id] = event.name
            self._arguments[event.id] = []
        elif isinstance(event, Finished):
            self.finished = event
        elif isinstance(event, Action):
            self._actions.append(told(event))
        elif isinstance(event, Started):
            pass
        else:
            assert_never(event)

    def choice(self, reason: FinishReason) -> AnswerChoice:
        """The choice as it is now."""
        calls = tuple(self._call(call_id, name) for call_id, name in self._names.items())
        text = mended("".join(self._text))
        message = AnswerMessage(
            content=text or (None if calls else ""),
            reasoning_content=mended("".join(self._reasoning)) or UNSET,
            tool_calls=calls or UNSET,
            clinvoker=AnswerActions(actions=tuple(self._actions)) if self._told else UNSET,
        )
        return AnswerChoice(index=self._index, message=message, finish_reason=reason)

    def _call(self, call_id: str, name: str) -> AnswerCall:
        arguments = mended("".join(self._arguments[call_id])) or "{}"
        return AnswerCall(id=call_id, function=AnswerFunction(name, arguments))


@implementer(IRenderer)
class WholeAnswer:
    """
    One JSON object, given when all choices are finished and not before: a failure can always be told
    by a status, and there is nothing to say in the meantime.
    """

    content_type = b"application/json"

    def __init__(
        self, identity: str, created: int, model: str, choices: int = 1, actions: bool = False
    ) -> None:
        self._identity = identity
        self._created = created
        self._model = model
        self._drafts = [Draft(index, actions) for index in range(choices)]

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        for event in events:
            self._drafts[choice].take(event)
        if not isinstance(events[-1], Finished):
            return b""
        ends = [draft.finished for draft in self._drafts if draft.finished is not None]
        return self._answer(ends) if len(ends) == len(self._drafts) else b""

    def idle(self) -> bytes:
        return b""

    def fail(self, error: ClinvokerError) -> bytes:
        """Nothing: once the answer has begun it is complete."""
        return b""

    def _answer(self, ends: Sequence[Finished]) -> bytes:
        return msgspec.json.encode(
            Completion(
                id=self._identity,
                created=self._created,
                model=self._model,
                choices=tuple(
                    draft.choice(end.reason) for draft, end in zip(self._drafts, ends, strict=True)
                ),
                usage=completion_usage(total([end.usage for end in ends])),
            )
        )
