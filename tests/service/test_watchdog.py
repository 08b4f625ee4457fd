"""The watchdog of systemd."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.service.watchdog import Watchdog, beat_secs


class WatchdogTests(SynchronousTestCase):
    def test_interval(self) -> None:
        """Half of what systemd says, if it means us."""
        self.assertEqual(15.0, beat_secs({"WATCHDOG_USEC": "30000000"}, 7))
        self.assertEqual(15.0, beat_secs({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 7))
        for environ in ({}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}):
            self.assertEqual(0.0, beat_secs(environ, 7))

    def test_beats(self) -> None:
        """From its start to its end."""
        told: list[str] = []
        clock = Clock()
        watchdog = Watchdog(told.append, 15.0, clock)
        watchdog.startService()
        clock.pump([15.0] * 3)
        self.assertEqual(["WATCHDOG=1"] * 4, told)
        watchdog.stopService()
        clock.advance(100)
        self.assertEqual(4, len(told))
        self.assertEqual([], clock.getDelayedCalls())

    def test_none(self) -> None:
        """Without one nothing is scheduled."""
        clock = Clock()
        watchdog = Watchdog(lambda text: self.fail(text), 0.0, clock)
        watchdog.startService()
        self.assertEqual([], clock.getDelayedCalls())
        watchdog.stopService()
