"""
Bytes to records and back: one JSON object per line.  Sans-IO.

Lines end in "\\n" and in nothing else: programs write U+2028 raw (captures/codex).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

Record = Mapping[str, object]

_decode = msgspec.json.Decoder(dict[str, object]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encode = msgspec.json.Encoder().encode


class Garbled(Exception):
    """The bytes are not this protocol.  Its text says how, without quoting them."""


class RecordReader:
    """
    Cuts bytes, however they arrive, into records.

    A line that is no JSON object is a stray: programs greet and warn on stdout.  More than
    `max_strays` with no record between them, or a line of more than `max_line` bytes, is another protocol.

    Records that are of `kind`, if there is one, are given as that.
    """

    def __init__(
        self,
        kind: type[msgspec.Struct] | None = None,
        max_line: int = 16 * 1024 * 1024,
        max_strays: int = 16,
    ) -> None:
        self._quick = None if kind is None else msgspec.json.Decoder(kind).decode
        self._max_line = max_line
        self._max_strays = self._strays_left = max_strays
        self._pending: list[bytes] = []  # of one line; joined when it ends
        self._length = 0

    def feed(self, data: bytes) -> list[Record | msgspec.Struct]:
        """
        Take bytes; give the records they complete.  Raises `Garbled`, and is unusable then.

        One more newline is fed when the bytes have ended: the last line needs none.
        """
        *lines, tail = data.split(b"\n")
        if lines and self._pending:
            lines[0] = b"".join((*self._pending, lines[0]))
            self._pending, self._length = [], 0
        if tail:
            self._pending.append(tail)
            self._length += len(tail)
        self._check(lines)
        records: list[Record | msgspec.Struct] = []
        for line in lines:
            if (record := self._record(line)) is not None:
                records.append(record)
                self._strays_left = self._max_strays
        return records

    def _check(self, lines: list[bytes]) -> None:
        if self._length > self._max_line or (lines and max(map(len, lines)) > self._max_line):
            raise Garbled(f"a line of more than {self._max_line} bytes")

    def _record(self, line: bytes) -> Record | msgspec.Struct | None:
        if self._quick is not None:
            try:
                return self._quick(line)
            except _UNREADABLE:
                pass  # of another kind, as a rule
        try:
            return _decode(line)
        except _UNREADABLE:
            return self._lenient(line)

    def _lenient(self, line: bytes) -> Record | None:
        if not line.strip():
            return None
        # Programs in JavaScript cut emoji in two; the standard decoder takes lone surrogates.
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            return record
        self._strays_left -= 1
        if self._strays_left < 0:
            raise Garbled("lines that are not JSON objects")
        return None


def line_of(record: Record) -> bytes:
    """A record as one line, newline included."""
    try:
        return _encode(record) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate: only as an escape can it be written
        return json.dumps(record).encode() + b"\n"
