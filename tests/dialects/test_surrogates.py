"""Tests for the mending of text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.surrogates import Mender, mended

# Halves are common here, so that they meet.
UNITS = st.text(st.sampled_from("a\u00e9\u20ac\ud83d\ude00\U0001f600"))


def in_pieces(pieces: list[str]) -> str:
    mender = Mender()
    return "".join([*(mender.feed(piece) for piece in pieces), mender.rest()])


class MendedTests(SynchronousTestCase):
    def test_valid_text(self) -> None:
        """Valid text stays as it is."""
        self.assertEqual(mended("a\0é\U0001f600\uffff"), "a\0é\U0001f600\uffff")

    def test_pair(self) -> None:
        """Two halves that stand together become their character."""
        self.assertEqual(mended("a\ud83d\ude00b"), "a\U0001f600b")

    def test_lone_halves(self) -> None:
        """Each half without its other becomes a replacement character."""
        self.assertEqual(mended("\ude00a\ud83d"), "\ufffda\ufffd")
        self.assertEqual(mended("\ude00\ud83d"), "\ufffd\ufffd")


class MenderTests(SynchronousTestCase):
    def test_pair_across_pieces(self) -> None:
        """A pair cut in two comes out as one character, when its second half is there."""
        mender = Mender()
        self.assertEqual(
            (mender.feed("a\ud83d"), mender.feed(""), mender.feed("\ude00b")), ("a", "", "\U0001f600b")
        )
        self.assertEqual(mender.rest(), "")

    def test_half_at_the_end(self) -> None:
        """A half that never meets its other is told at the end, once."""
        mender = Mender()
        self.assertEqual((mender.feed("\ud83d"), mender.rest(), mender.rest()), ("", "\ufffd", ""))

    @settings(database=None, deadline=None)
    @given(st.lists(UNITS))
    def test_pieces_do_not_matter(self, pieces: list[str]) -> None:
        """However a text is cut, it is mended to the same, which is valid."""
        self.assertEqual(in_pieces(pieces), mended("".join(pieces)))
        in_pieces(pieces).encode()
