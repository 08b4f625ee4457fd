"""
The answer to a request for legacy completions, streamed or whole: texts and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType
from zope.interface import implementer

from clinvoker.dialects import sse
from clinvoker.dialects.completion_usage import CompletionUsage, completion_usage, total
from clinvoker.dialects.deltas import Delta, encode
from clinvoker.dialects.openai_errors import error_body
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, TextDelta, Usage

Reason = Literal["stop", "length", "content_filter"]


class TextChoice(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    index: int
    logprobs: None = None
    finish_reason: Reason | None


class TextCompletion(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer, or a piece of it.  In pieces `usage` is there only if it was asked for, and null but for the
    last.
    """

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int
    model: str
    choices: tuple[TextChoice, ...]
    usage: CompletionUsage | UnsetType | None = UNSET


def reason_of(finished: Finished) -> Reason:
    """Why the text ends; there are no tools that could be called."""
    return "stop" if finished.reason == "tool_calls" else finished.reason


@implementer(IRenderer)
class WholeTexts:
    """One JSON object, given when all texts are finished and not before."""

    content_type = b"application/json"

    def __init__(self, answer: TextCompletion, choices: int) -> None:
        self._answer = answer
        self._texts: list[list[str]] = [[] for _ in range(choices)]
        self._ends: dict[int, Finished] = {}

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        self._texts[choice] += [event.text for event in events if isinstance(event, TextDelta)]
        if isinstance(events[-1], Finished):
            self._ends[choice] = events[-1]
            if len(self._ends) == len(self._texts):
                return self._whole()
        return b""

    def idle(self) -> bytes:
        return b""

    def fail(self, error: ClinvokerError) -> bytes:
        """Nothing: once the answer has begun it is complete."""
        return b""

    def _whole(self) -> bytes:
        choices = tuple(
            TextChoice(text=mended("".join(texts)), index=index, finish_reason=reason_of(self._ends[index]))
            for index, texts in enumerate(self._texts)
        )
        usage = completion_usage(total([end.usage for end in self._ends.values()]))
        return encode(msgspec.structs.replace(self._answer, choices=choices, usage=usage))


@implementer(IRenderer)
class StreamedTexts:
    """Pieces as server-sent events; the reason to end comes once for each text, in a piece of its own."""

    content_type = sse.CONTENT_TYPE

    def __init__(self, answer: TextCompletion, choices: int, include_usage: bool) -> None:
        self._answer = answer
        self._include_usage = include_usage
        self._deltas = [self._delta(index) for index in range(choices)]
        self._usages: list[Usage] = []

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        delta = self._deltas[choice]
        chunks = [delta.chunk(event.text) for event in events if isinstance(event, TextDelta)]
        if isinstance(events[-1], Finished):
            chunks += [delta.rest(), *self._finish(events[-1], choice)]
        return b"".join(chunks)

    def idle(self) -> bytes:
        return sse.KEEP_ALIVE

    def fail(self, error: ClinvokerError) -> bytes:
        """The error as an event, and no `[DONE]`: a failed stream must not look finished."""
        return sse.event(error_body(error))

    def _delta(self, index: int) -> Delta:
        """The pieces of one text, made once: what stands around an empty text stands around any."""
        piece = self._chunk((TextChoice(text="", index=index, finish_reason=None),))
        before, _, after = piece.rpartition(b'"text":""')  # a model's name may hold anything, and comes first
        return Delta(before + b'"text":', after)

    def _finish(self, finished: Finished, choice: int) -> list[bytes]:
        self._usages.append(finished.usage)
        end = TextChoice(text="", index=choice, finish_reason=reason_of(finished))
        chunks = [self._chunk((end,))]
        if len(self._usages) == len(self._deltas):
            if self._include_usage:
                chunks.append(self._chunk((), completion_usage(total(self._usages))))
            chunks.append(sse.DONE)
        return chunks

    def _chunk(self, choices: tuple[TextChoice, ...], usage: CompletionUsage | None = None) -> bytes:
        told = usage if self._include_usage else UNSET
        return sse.event(encode(msgspec.structs.replace(self._answer, choices=choices, usage=told)))
