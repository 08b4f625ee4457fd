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

from clinvoker.dialects.chat_usage import CompletionUsage, completion_usage
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, FinishReason, ReasoningDelta, Started, TextDelta


class AnswerMessage(msgspec.Struct, frozen=True, kw_only=True):
    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    reasoning_content: str | UnsetType = UNSET


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    index: int = 0
    message: AnswerMessage
    logprobs: None = None
    finish_reason: FinishReason  # our words are OpenAI's


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[Choice, ...]
    usage: CompletionUsage


@implementer(IRenderer)
class WholeAnswer:
    """
    One JSON object, given with `Finished` and not before: a failure can always be told by a
    status, and there is nothing to say in the meantime.
    """

    content_type = b"application/json"

    def __init__(self, identity: str, created: int, model: str) -> None:
        self._identity = identity
        self._created = created
        self._model = model
        self._text: list[str] = []
        self._reasoning: list[str] = []

    def feed(self, events: Sequence[Event]) -> bytes:
        answer = b""
        for event in events:
            if isinstance(event, TextDelta):
                self._text.append(event.text)
            elif isinstance(event, ReasoningDelta):
                self._reasoning.append(event.text)
            elif isinstance(event, Finished):
                answer = self._answer(event)
            elif isinstance(event, Started):
                pass
            else:
                assert_never(event)
        return answer

    def idle(self) -> bytes:
        return b""

    def fail(self, error: ClinvokerError) -> bytes:
        """Nothing: once the answer has begun it is complete."""
        return b""

    def _answer(self, finished: Finished) -> bytes:
        message = AnswerMessage(
            content=mended("".join(self._text)),
            reasoning_content=mended("".join(self._reasoning)) or UNSET,
        )
        return msgspec.json.encode(
            Completion(
                id=self._identity,
                created=self._created,
                model=self._model,
                choices=(Choice(message=message, finish_reason=finished.reason),),
                usage=completion_usage(finished.usage),
            )
        )
