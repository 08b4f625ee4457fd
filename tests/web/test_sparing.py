"""Lines that strangers can have written."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.web.sparing import LINES, MOST, OTHERS, WINDOW_SECS, Sparing


class SparingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.left: list[tuple[str, str, int, float]] = []
        self.sparing = Sparing(self.clock, lambda *told: self.left.append(told))

    def written(self, address: str, times: int, kind: str = "k") -> int:
        return sum(self.sparing.may_write(kind, address) for _ in range(times))

    def test_few(self) -> None:
        """A few are written, and nothing is said of them later."""
        self.assertEqual(LINES, self.written("192.0.2.1", LINES))
        self.clock.advance(WINDOW_SECS)
        self.assertEqual([], self.left)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_many(self) -> None:
        """Of more the number is told when the window ends; each kind and address has its own."""
        self.assertEqual(LINES, self.written("192.0.2.1", 1000))
        self.assertEqual(LINES, self.written("192.0.2.1", 1000, "another"))
        self.assertEqual(1, self.written("192.0.2.2", 1))
        self.clock.advance(WINDOW_SECS)
        self.assertEqual([("k", "192.0.2.1", 995, 60.0), ("another", "192.0.2.1", 995, 60.0)], self.left)
        self.assertEqual(LINES, self.written("192.0.2.1", 1000))

    def test_networks(self) -> None:
        """Of IPv6 a network of 64 bits is one."""
        self.assertEqual(LINES, sum(self.written(f"2001:db8::{n:x}", 1) for n in range(1, 100)))

    def test_bounded(self) -> None:
        """Who has thousands of addresses has no more lines than one for which there is room."""
        lines = sum(self.written(f"10.0.{n >> 8}.{n & 255}", 1) for n in range(5000))
        self.assertEqual(MOST + LINES, lines)
        self.assertEqual(MOST + 1, len(self.sparing._asked))
        self.clock.advance(WINDOW_SECS)
        self.assertEqual([("k", OTHERS, 5000 - MOST - LINES, 60.0)], self.left)
