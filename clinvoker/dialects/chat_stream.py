"""
The streamed chat answer: each event becomes chunks as it happens.
"""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from clinvoker.dialects import sse
from clinvoker.dialects.chat_chunks import Choice
from clinvoker.dialects.completion_usage import completion_usage, total
from clinvoker.dialects.deltas import encode
from clinvoker.dialects.openai_errors import error_body
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, Usage


@implementer(IRenderer)
class StreamedAnswer:
    """
    Chunks as server-sent events.

    Nothing is written on `Started`: until there is output, a failure can still be told by a
    status.  The roles of all choices come once, before the first delta of any, since the SDK's
    helper takes choices in their order; the reason to finish comes once for each, in a chunk with an
    empty delta; the usage, if asked for, in one last chunk without choices.
    """

    content_type = sse.CONTENT_TYPE

    def __init__(
        self,
        identity: str,
        created: int,
        model: str,
        include_usage: bool,
        choices: int = 1,
        actions: bool = False,
    ) -> None:
        self._before = (
            b'data: {"id":%b,"object":"chat.completion.chunk","created":%d,"model":%b,"choices":['
            % (encode(identity), created, encode(model))
        )
        # The key is there on all chunks or on none: LangChain adds up whatever numbers it finds.
        after = (b'],"usage":null}' if include_usage else b"]}") + sse.SUFFIX
        self._choices = [Choice(index, self._before, after, actions) for index in range(choices)]
        self._include_usage = include_usage
        self._begun = False
        self._usages: list[Usage] = []

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        chunks = self._choices[choice].feed(events)
        if not self._begun and chunks:
            self._begun = True
            chunks = b"".join((*(each.role() for each in self._choices), chunks))
        if isinstance(events[-1], Finished):
            chunks += self._finish(events[-1])
        return chunks

    def idle(self) -> bytes:
        return sse.KEEP_ALIVE

    def fail(self, error: ClinvokerError) -> bytes:
        """The error as an event, and no `[DONE]`: a failed stream must not look finished."""
        return sse.event(error_body(error))

    def _finish(self, finished: Finished) -> bytes:
        """What follows when the last of the choices is finished."""
        self._usages.append(finished.usage)
        if len(self._usages) < len(self._choices):
            return b""
        if not self._include_usage:
            return sse.DONE
        usage = encode(completion_usage(total(self._usages)))
        return b"".join((self._before, b'],"usage":', usage, b"}", sse.SUFFIX, sse.DONE))
