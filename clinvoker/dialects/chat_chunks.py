"""
The chunks of one choice of a streamed chat answer.

What all chunks of a kind share is encoded once; a piece of text costs the encoding of its string and
a join.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace
from typing_extensions import assert_never

from clinvoker.dialects.surrogates import Mender, mended
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

encode = msgspec.json.Encoder().encode

_UNFINISHED = b',"logprobs":null,"finish_reason":null}'


def told(action: Action) -> Action:
    """An action as it can be sent."""
    return replace(action, id=mended(action.id), title=mended(action.title))


class Delta:
    """The chunks that carry pieces of one text."""

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before = before
        self._after = after
        self._mender = Mender()

    def chunk(self, text: str) -> bytes:
        """The chunk for a piece of text; nothing for an empty one."""
        try:
            if text and not self._mender.held:
                return b"".join((self._before, encode(text), self._after))
        except UnicodeEncodeError:  # half a pair of surrogates: rare, so nobody looks for it before
            pass
        return self._encoded(self._mender.feed(text))

    def rest(self) -> bytes:
        """The chunk for what was kept back, if anything was."""
        return self._encoded(self._mender.rest())

    def _encoded(self, text: str) -> bytes:
        return b"".join((self._before, encode(text), self._after)) if text else b""


class Call(Delta):
    """The chunks that carry the arguments of one call.  Calls are known by their number, from 0 on."""

    def __init__(self, before: bytes, after: bytes, number: int) -> None:
        super().__init__(
            before + b'{"tool_calls":[{"index":%d,"function":{"arguments":' % number, b"}}]}" + after
        )
        self._silent = True

    def chunk(self, text: str) -> bytes:
        self._silent = self._silent and not text
        return super().chunk(text)

    def rest(self) -> bytes:
        """Arguments of which nothing was said are an empty object's: clients parse what they got."""
        return self._encoded("{}") if self._silent else super().rest()


class Choice:
    """
    Turns the events of one choice into chunks.  `before` and `after` stand around the choice's object.
    The agent's own steps are told only where `actions` is set: no client knows them unasked.

    The chunk with the role is for whoever knows when the answer begins.
    """

    def __init__(self, index: int, before: bytes, after: bytes, actions: bool = False) -> None:
        self._before = before + b'{"index":%d,"delta":' % index
        self._after = _UNFINISHED + after
        self._end = after
        self._actions = actions
        self._content = Delta(self._before + b'{"content":', b"}" + self._after)
        self._reasoning = Delta(self._before + b'{"reasoning_content":', b"}" + self._after)
        self._calls: dict[str, Call] = {}

    def role(self) -> bytes:
        """The chunk that opens the choice.  Its content is null as long as calls are all there is."""
        content = b"null" if self._calls else b'""'
        return b'%b{"role":"assistant","content":%b}%b' % (self._before, content, self._after)

    def feed(self, events: Sequence[Event]) -> bytes:
        """The chunks for these events; none for those that say nothing to the client."""
        chunks: list[bytes] = []
        for event in events:
            if isinstance(event, TextDelta):
                chunks.append(self._content.chunk(event.text))
            elif isinstance(event, ReasoningDelta):
                chunks.append(self._reasoning.chunk(event.text))
            elif isinstance(event, ToolCallDelta):
                chunks.append(self._calls[event.id].chunk(event.arguments))
            elif isinstance(event, ToolCallStarted):
                chunks.append(self._call(event))
            elif isinstance(event, Finished):
                chunks += self._finish(event.reason)
            elif isinstance(event, Action):
                chunks.append(self._action(event))
            elif isinstance(event, Started):
                pass
            else:
                assert_never(event)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _call(self, started: ToolCallStarted) -> bytes:
        """A call's id and name come once: clients join whatever comes twice."""
        number = len(self._calls)
        self._calls[started.id] = Call(self._before, self._after, number)
        return (
            b'%b{"tool_calls":[{"index":%d,"id":%b,"type":"function","function":{"name":%b,"arguments":""}}]}%b'
            % (self._before, number, encode(started.id), encode(started.name), self._after)
        )

    def _action(self, action: Action) -> bytes:
        if not self._actions:
            return b""
        said = encode(told(action))
        return b'%b{"clinvoker":{"action":%b}}%b' % (self._before, said, self._after)

    def _finish(self, reason: FinishReason) -> Iterator[bytes]:
        for delta in (self._reasoning, self._content, *self._calls.values()):
            yield delta.rest()
        # Our words for the reasons are OpenAI's.
        yield b'%b{},"logprobs":null,"finish_reason":%b}%b' % (self._before, encode(reason), self._end)
