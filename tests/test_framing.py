"""Bytes to records and back."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.framing import Garbled, RecordReader, line_of

RECORDS = st.lists(
    st.dictionaries(
        st.text(max_size=5), st.one_of(st.text(), st.integers(-(2**53), 2**53), st.none()), max_size=4
    ),
    max_size=6,
)


class ReadingTests(SynchronousTestCase):
    @given(RECORDS, st.lists(st.integers(1, 40)))
    def test_any_cuts(self, records: list[dict[str, object]], cuts: list[int]) -> None:
        """However the bytes are cut, the same records come out."""
        data = b"".join(map(line_of, records))
        reader, found = RecordReader(), []
        for cut in cuts:
            found += reader.feed(data[:cut])
            data = data[cut:]
        found += reader.feed(data)
        self.assertEqual(records, found)

    def test_last_line_without_newline(self) -> None:
        """The end of the bytes ends the last line."""
        reader = RecordReader()
        self.assertEqual([], reader.feed(b'{"a":1}'))
        self.assertEqual([{"a": 1}], reader.feed(b"\n"))

    def test_only_newline_separates(self) -> None:
        """U+2028 and carriage returns belong to the line."""
        self.assertEqual([{"a": "x\u2028y"}], RecordReader().feed('{"a":"x\u2028y"}\r\n'.encode()))

    def test_lone_surrogate(self) -> None:
        """Half an emoji, as JavaScript writes it, is taken as it is."""
        self.assertEqual([{"a": "\ud83d"}], RecordReader().feed(b'{"a":"\\ud83d"}\n'))

    def test_strays(self) -> None:
        """Lines that are no objects are passed over, up to a bound."""
        reader = RecordReader(max_strays=2)
        self.assertEqual([{"a": 1}], reader.feed(b'hello\n[1]\n\n{"a":1}\n'))
        self.assertEqual([], reader.feed(b"again\nand\n"))
        self.assertRaises(Garbled, reader.feed, b"again\n")

    def test_strays_now_and_then(self) -> None:
        """A program that lives long may say something else now and then, as long as it goes on."""
        for reader in (RecordReader(max_strays=2), RecordReader(Piece, max_strays=2)):
            for _ in range(9):
                self.assertEqual(1, len(reader.feed(b"hello\nagain\n" + line_of(PIECE))))
            self.assertRaises(Garbled, reader.feed, b"hello\n" * 3)

    def test_strays_in_one_read(self) -> None:
        """However the bytes arrive: records between strays count in one read as in several."""
        data = (b"hello\nagain\n" + line_of(PIECE)) * 9
        for pieces in ([data], [data[place : place + 7] for place in range(0, len(data), 7)]):
            reader = RecordReader(max_strays=2)
            self.assertEqual([PIECE] * 9, [record for piece in pieces for record in reader.feed(piece)])

    def test_bytes_that_are_no_text(self) -> None:
        """Binary rubbish is a stray too."""
        self.assertRaises(Garbled, RecordReader(max_strays=0).feed, b'{"a":"\xff\xfe"}\n')

    def test_line_bound(self) -> None:
        """A line over the bound is refused before it is whole, and when it is."""
        self.assertRaises(Garbled, RecordReader(max_line=10).feed, b'{"a":"12345')
        self.assertRaises(Garbled, RecordReader(max_line=10).feed, b'{"a":"12345"}\n')
        self.assertEqual([{"a": 1}], RecordReader(max_line=7).feed(b'{"a":1}\n'))

    def test_deep_nesting(self) -> None:
        """Nesting beyond reason is rubbish, not a crash."""
        self.assertRaises(Garbled, RecordReader(max_strays=0).feed, b'{"a":' + b"[" * 100_000 + b"\n")


class Piece(msgspec.Struct, tag_field="type", tag="piece"):
    """Records that a reader is told of."""

    text: str
    number: int = 0


class KindTests(SynchronousTestCase):
    """A reader that gives one kind of record as structs."""

    @given(
        st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["piece", "part", 1])},
                optional={"text": st.text() | st.none(), "number": st.integers(0, 9), "more": st.text()},
            )
        )
    )
    def test_same(self, records: list[dict[str, object]]) -> None:
        """They say what the dictionaries say; all that are not of that kind, or not rightly, stay those."""
        data = b"".join(map(line_of, records))
        expected = [
            msgspec.convert(record, Piece)
            if record["type"] == "piece" and isinstance(record.get("text"), str)
            else record
            for record in RecordReader().feed(data)
        ]
        self.assertEqual(expected, RecordReader(Piece).feed(data))

    def test_lone_surrogate(self) -> None:
        """Half an emoji is no text for a struct."""
        record = {"type": "piece", "text": "\ud83d"}
        self.assertEqual([record, Piece("a")], RecordReader(Piece).feed(line_of(record) + line_of(PIECE)))

    def test_strays(self) -> None:
        """What is no record is one stray, as ever."""
        reader = RecordReader(Piece, max_strays=1)
        self.assertEqual([Piece("a")], reader.feed(b"hello\n\n" + line_of(PIECE)))
        self.assertRaises(Garbled, reader.feed, b"again\nand again\n")


PIECE = {"type": "piece", "text": "a"}


class WritingTests(SynchronousTestCase):
    def test_line(self) -> None:
        """A record is one line, whatever is in it."""
        self.assertEqual(b'{"a":"x\\ny"}\n', line_of({"a": "x\ny"}))

    def test_lone_surrogate(self) -> None:
        """What UTF-8 cannot say is escaped."""
        self.assertEqual({"a": "\udc00"}, json.loads(line_of({"a": "\udc00"})))
