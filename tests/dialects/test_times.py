"""Moments as text."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.times import rfc3339, spoken

FIRST = datetime(1, 1, 1, tzinfo=timezone.utc).timestamp()
LAST = datetime(9999, 12, 31, 23, 59, tzinfo=timezone.utc).timestamp()


class TimesTests(SynchronousTestCase):
    @given(st.integers(int(FIRST), int(LAST)), st.integers(0, 999_999))
    def test_any(self, seconds: int, micros: int) -> None:
        """Any moment is told as Python's own calendar tells it."""
        said = datetime.fromtimestamp(seconds, timezone.utc).strftime("%m-%dT%H:%M:%S")
        year = datetime.fromtimestamp(seconds, timezone.utc).year
        self.assertEqual(f"{year:04}-{said}.000000Z", rfc3339(seconds))
        if 0 < seconds < 2**32:  # as exact as a float is
            self.assertTrue(rfc3339(seconds + micros / 1_000_000).endswith(f".{micros:06}Z"))

    def test_spoken(self) -> None:
        """How long something lasts, in the largest units that there are."""
        self.assertEqual(["0s", "59s", "2m3s", "1h2m3s"], [spoken(s) for s in (0.9, 59, 123, 3723)])
