"""
The content blocks of a streamed answer in Anthropic's format: one is open at a time.
"""

from __future__ import annotations

from clinvoker.dialects.deltas import Arguments, Delta, encode
from clinvoker.dialects.sse import SUFFIX, named_event

# Of a block of each kind: as it begins, and its deltas up to their text.
_TEXT = (b'{"type":"text","text":""}', b'{"type":"text_delta","text":')
# Nobody signs what a program tells of the model's thoughts.
_THINKING = (
    b'{"type":"thinking","thinking":"","signature":""}',
    b'{"type":"thinking_delta","thinking":',
)
_ARGUMENTS = b'{"type":"input_json_delta","partial_json":'


def _delta(index: int, before: bytes) -> tuple[bytes, bytes]:
    head = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":%b'
    return head % (index, before), b"}}" + SUFFIX


def _start(index: int, block: bytes) -> bytes:
    return named_event(
        b"content_block_start",
        b'{"type":"content_block_start","index":%d,"content_block":%b}' % (index, block),
    )


class Blocks:
    """Turns pieces into events.  A block is closed when another kind of piece comes, or another call."""

    def __init__(self) -> None:
        self._count = 0
        self._open = ""  # what stands open: "text", "thinking", or a call's id after a colon
        self._delta: Delta | None = None

    def text(self, piece: str) -> bytes:
        """A piece of the answer."""
        return self._piece("text", _TEXT, piece)

    def thought(self, piece: str) -> bytes:
        """A piece of what the model thinks."""
        return self._piece("thinking", _THINKING, piece)

    def call(self, call_id: str, name: str) -> bytes:
        """A call begins."""
        block = b'{"type":"tool_use","id":%b,"name":%b,"input":{}}' % (encode(call_id), encode(name))
        index = self._count
        started = self._begin(f":{call_id}", block)
        self._delta = Arguments(*_delta(index, _ARGUMENTS))
        return started

    def arguments(self, call_id: str, piece: str) -> bytes:
        """A piece of the arguments of the call that began last.  Raises `ValueError` for any other's."""
        if self._delta is None or self._open != f":{call_id}":
            raise ValueError(f"arguments of {call_id!r}, which is not the call that is being made")
        return self._delta.chunk(piece)

    def close(self) -> bytes:
        """The end of what stands open."""
        if self._delta is None:
            return b""
        rest, self._delta, self._open = self._delta.rest(), None, ""
        stop = b'{"type":"content_block_stop","index":%d}' % (self._count - 1)
        return rest + named_event(b"content_block_stop", stop)

    def _piece(self, kind: str, words: tuple[bytes, bytes], piece: str) -> bytes:
        if self._delta is not None and self._open == kind:
            return self._delta.chunk(piece)
        if not piece:
            return b""
        index = self._count
        started = self._begin(kind, words[0])
        self._delta = Delta(*_delta(index, words[1]))
        return started + self._delta.chunk(piece)

    def _begin(self, kind: str, block: bytes) -> bytes:
        closed = self.close()
        self._count, self._open = self._count + 1, kind
        return closed + _start(self._count - 1, block)
