"""
Texts that are streamed piece by piece: the bytes around each piece are made once.

A piece of text costs the encoding of its string and a join.
"""

from __future__ import annotations

import msgspec

from clinvoker.dialects.surrogates import Mender

encode = msgspec.json.Encoder().encode


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


class Arguments(Delta):
    """The chunks that carry the arguments of one call."""

    _silent = True

    def chunk(self, text: str) -> bytes:
        self._silent = self._silent and not text
        return super().chunk(text)

    def rest(self) -> bytes:
        """Arguments of which nothing was said are an empty object's: clients parse what they got."""
        return self._encoded("{}") if self._silent else super().rest()
