"""
Two clocks: one that nobody can set, for what is waited for, and that of the wall, for dates.

Twisted's reactor goes by the clock of the wall (`twisted.python.runtime.seconds` is `time.time`): set by an
hour, all that is waited for would be over at once, or an hour late.
"""

from __future__ import annotations

import time
from typing import Any


def steady(reactor: Any) -> None:
    """Have a reactor on which nothing waits yet go by the time since the machine started, sleep included."""
    reactor.seconds = since_boot


def since_boot() -> float:
    """Seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Wall:
    """The clock of the wall, in the place of a reactor for who wants nothing but dates."""

    def seconds(self) -> float:
        """Since 1970."""
        return time.time()
