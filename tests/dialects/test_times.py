"""Moments as text."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.times import ahead, rfc3339, seconds_of, spoken

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

    @given(st.integers(int(FIRST), int(LAST)))
    def test_back(self, seconds: int) -> None:
        """What was told is understood."""
        self.assertEqual(seconds, seconds_of(rfc3339(seconds)))

    def test_zones(self) -> None:
        """Zones and fractions of a second are too; what is no moment is refused."""
        self.assertEqual(0.5, seconds_of("1970-01-01T01:00:00.5+01:00"))
        self.assertEqual(3600, seconds_of("1970-01-01t00:00:00-01:00"))
        for text in ("", "now", "2025-13-01T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01"):
            self.assertRaises(ValueError, seconds_of, text)

    def test_ahead(self) -> None:
        """How long something takes yet: never told as less than it is, short times in milliseconds."""
        told = [ahead(s) for s in (0, 0.0001, 0.5, 0.9999, 1, 1.2, 60.5, 3599.5)]
        self.assertEqual(["0s", "1ms", "500ms", "1s", "1s", "2s", "1m1s", "1h0m0s"], told)

    def test_spoken(self) -> None:
        """How long something lasts, in the largest units that there are."""
        self.assertEqual(["0s", "59s", "2m3s", "1h2m3s"], [spoken(s) for s in (0.9, 59, 123, 3723)])
