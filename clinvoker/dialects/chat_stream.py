"""
The streamed chat answer: each event becomes chunks as it happens.

What all chunks of one answer share is encoded once; a piece of text costs the encoding of its
string and a join.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from typing_extensions import assert_never
from zope.interface import implementer

from clinvoker.dialects import sse
from clinvoker.dialects.chat_usage import completion_usage
from clinvoker.dialects.openai_errors import error_body
from clinvoker.dialects.surrogates import Mender
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, ReasoningDelta, Started, TextDelta

_encode = msgspec.json.Encoder().encode


class _Delta:
    """The chunks that carry pieces of one field of the message."""

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before = before
        self._after = after
        self._mender = Mender()

    def chunk(self, text: str) -> bytes:
        """The chunk for a piece of text; nothing for an empty one."""
        try:
            if not self._mender.held:
                return self._encoded(text)
        except UnicodeEncodeError:  # half a pair of surrogates: rare, so nobody looks for it before
            pass
        return self._encoded(self._mender.feed(text))

    def rest(self) -> bytes:
        """The chunk for what was kept back, if anything was."""
        return self._encoded(self._mender.rest())

    def _encoded(self, text: str) -> bytes:
        return b"".join((self._before, _encode(text), self._after)) if text else b""


@implementer(IRenderer)
class StreamedAnswer:
    """
    Chunks as server-sent events.

    Nothing is written on `Started`: until there is output, a failure can still be told by a
    status.  The role comes once, before the first delta; the reason to finish once, in a chunk
    with an empty delta; the usage, if asked for, in one last chunk without choices.
    """

    content_type = sse.CONTENT_TYPE

    def __init__(self, identity: str, created: int, model: str, include_usage: bool) -> None:
        self._shared = (
            b'data: {"id":%b,"object":"chat.completion.chunk","created":%d,"model":%b,"choices":['
            % (
                _encode(identity),
                created,
                _encode(model),
            )
        )
        self._include_usage = include_usage
        self._begun = False
        # The key is there on all chunks or on none: LangChain adds up whatever numbers it finds.
        self._end = (b'],"usage":null}' if include_usage else b"]}") + sse.SUFFIX
        self._content = self._delta(b"content")
        self._reasoning = self._delta(b"reasoning_content")

    def feed(self, events: Sequence[Event]) -> bytes:
        chunks: list[bytes] = []
        for event in events:
            if isinstance(event, TextDelta):
                chunks.append(self._content.chunk(event.text))
            elif isinstance(event, ReasoningDelta):
                chunks.append(self._reasoning.chunk(event.text))
            elif isinstance(event, Finished):
                chunks.append(self._finish(event))
            elif isinstance(event, Started):
                pass
            else:
                assert_never(event)
        return self._opened(b"".join(chunks))

    def idle(self) -> bytes:
        return sse.KEEP_ALIVE

    def fail(self, error: ClinvokerError) -> bytes:
        """The error as an event, and no `[DONE]`: a failed stream must not look finished."""
        return sse.event(error_body(error))

    def _delta(self, name: bytes) -> _Delta:
        before = self._shared + b'{"index":0,"delta":{"%b":' % name
        return _Delta(before, b'},"logprobs":null,"finish_reason":null}' + self._end)

    def _opened(self, chunks: bytes) -> bytes:
        """Put the chunk with the role before the first of all."""
        if self._begun or not chunks:
            return chunks
        self._begun = True
        role = b'{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}'
        return self._shared + role + self._end + chunks

    def _finish(self, finished: Finished) -> bytes:
        # Our words for the reasons are OpenAI's.
        last = b'{"index":0,"delta":{},"logprobs":null,"finish_reason":%b}' % _encode(finished.reason)
        chunks = [self._reasoning.rest(), self._content.rest(), self._shared, last, self._end]
        if self._include_usage:
            chunks += (
                self._shared,
                b'],"usage":',
                _encode(completion_usage(finished.usage)),
                b"}",
                sse.SUFFIX,
            )
        return b"".join((*chunks, sse.DONE))
