"""
The chunks of one choice of a streamed chat answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from typing_extensions import assert_never

from clinvoker.dialects.actions import told
from clinvoker.dialects.deltas import Arguments, Delta, encode
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

_UNFINISHED = b',"logprobs":null,"finish_reason":null}'


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
        self._calls: dict[str, Arguments] = {}

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
        before = self._before + b'{"tool_calls":[{"index":%d,"function":{"arguments":' % number
        self._calls[started.id] = Arguments(before, b"}}]}" + self._after)
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
