"""The clock of the wall is set while things are waited for."""

from __future__ import annotations

import time

from twisted.internet.epollreactor import EPollReactor
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.service.clocks import Wall, since_boot, steady


class SteadyTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = EPollReactor()
        steady(self.reactor)
        self.called: list[str] = []
        real = time.time
        self.offset = 0.0
        self.patch(time, "time", lambda: real() + self.offset)

    def turn(self) -> None:
        self.reactor.runUntilCurrent()

    def test_forwards(self) -> None:
        """An hour forwards: what has time has it still."""
        self.reactor.callLater(600, self.called.append, "late")
        self.offset = 3600
        self.turn()
        self.assertEqual([], self.called)
        self.assertTrue(595 < (self.reactor.timeout() or 0) <= 600)

    def test_backwards(self) -> None:
        """An hour backwards: what is due is done."""
        self.reactor.callLater(0, self.called.append, "due")
        self.offset = -3600
        self.turn()
        self.assertEqual(["due"], self.called)

    def test_wall(self) -> None:
        """Dates go by the clock of the wall."""
        before = Wall().seconds()
        self.offset = 3600
        self.assertTrue(3599 < Wall().seconds() - before < 3700)
        self.assertLess(since_boot(), 10 * 365 * 86400)
