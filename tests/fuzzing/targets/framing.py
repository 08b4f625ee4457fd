"""Bytes to records, however they are cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from clinvoker.backends.claude.words import StreamEvent
from clinvoker.framing import Garbled, RecordReader, line_of
from tests.backends.claude.playing import CAPTURES as CLAUDE
from tests.backends.codex.playing import CAPTURES as CODEX
from tests.fuzzing.chance import Chance
from tests.fuzzing.target import Input, Target

LONGEST_LINE = 3000
STRAYS = 4
NAMES = (CLAUDE / "chat-thinking.ndjson", CODEX / "chat-unicode.ndjson", CODEX / "chat-401.ndjson")


class Framing(Target):
    """An input is the bytes, as Latin-1, and where they are cut."""

    name = "framing"
    planted = ("clinvoker.framing", "RecordReader._lenient")

    def read_seeds(self) -> Sequence[Input]:
        lines = [line for name in NAMES for line in name.read_bytes().split(b"\n") if 0 < len(line) < 1500]
        event = b'{"type":"stream_event","event":{"type":"x","delta":{"text":"\xc3\xa9\\ud83d\\ude00"}}}'
        texts = [
            *lines,
            event,
            b"Hello, I am a program.",
            b" ",
            b"[1]",
            b'{"a":NaN,"b":"\\ud800"}',
            b'{"a":1}',
        ]
        self._lines = texts
        return [
            [b"\n".join(texts[n : n + 5]).decode("latin-1") + "\n", [3, 40]] for n in range(0, len(texts), 2)
        ]

    def made(self, chance: Chance) -> Input:
        told = b"\n".join(chance.pick(self._lines) for _ in range(1 + chance.below(5)))
        while not chance.once_in(3):
            told = self.damage.bytes(told, chance)
        return [told.decode("latin-1") + "\n", [chance.below(len(told) + 1) for _ in range(chance.below(6))]]

    def run(self, given: Input) -> bool:
        text, cuts = given
        data = text.encode("latin-1")
        pieces = [
            data[start:end] for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True)
        ]
        plain = _records((data,), None)
        assert _same(plain, _records(pieces, None)), "cut otherwise, other records"
        quick = _records(pieces, StreamEvent)
        assert _same(quick, _records((data,), StreamEvent)), "cut otherwise, other records of a kind"
        # What a kind has no field for is passed over unread, so that it takes some lines more.
        assert plain is None or len(plain) <= len(quick or ()), "a record was lost"
        for record in plain or ():
            line = line_of(record)
            assert line.count(b"\n") == 1, "a record is not one line"
            (again,) = RecordReader(max_line=1 << 20).feed(line)
            assert line_of(again) == line, "a record is another one once it was written"
        return bool(plain)


def _records(pieces: Sequence[bytes], kind: type[msgspec.Struct] | None) -> list[Any] | None:
    """All records; None where the bytes are garbled, whenever that is said."""
    reader = RecordReader(kind, max_line=LONGEST_LINE, max_strays=STRAYS)
    try:
        return [record for piece in (*pieces, b"\n") for record in reader.feed(piece)]
    except Garbled:
        return None


def _same(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)  # what is no number is not equal to itself
