"""
Whether a program may be started, by how its last starts went.

Time and chance are given at each question; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable

from clinvoker.model import CircuitState
from clinvoker.settings import Pool

FIRST_SECS = 0.5  # from the first failure to the next start; doubled with each further one
PROBE_SECS = 1.0  # after which to ask again while one start is being tried


class Circuit:
    """
    Closed: starts are made, after each failure later.  Open: after `failed_starts` failures in a row none
    is made for `pause_secs`.  Half-open: after that one is tried, and decides.

    `jitter` gives a number from 0 up to 1 at each call, so that programs that failed together are not
    started together for ever.
    """

    def __init__(self, pool: Pool, jitter: Callable[[], float]) -> None:
        self.until = 0.0  # no start before
        self._failures = 0
        self._pool = pool
        self._jitter = jitter

    def state(self, now: float) -> CircuitState:
        """How it stands."""
        if self._failures < self._pool.failed_starts:
            return "closed"
        return "open" if now < self.until else "half-open"

    def allows(self, now: float, under_way: int) -> bool:
        """Whether a start may be made now, when so many of this backend's are under way."""
        return now >= self.until and (self._failures < self._pool.failed_starts or not under_way)

    def refusal(self, now: float, under_way: int) -> float:
        """After how many seconds to ask again; 0 where a start is near enough to be waited for."""
        state = self.state(now)
        if state == "half-open":
            return PROBE_SECS if under_way else 0.0
        return self.until - now if state == "open" else 0.0

    def succeeded(self) -> None:
        """A start went well."""
        self._failures, self.until = 0, 0.0

    def failed(self, now: float) -> None:
        """A start failed."""
        self._failures += 1
        if self._failures < self._pool.failed_starts:
            self.until = now + FIRST_SECS * 2 ** (self._failures - 1) * (0.5 + self._jitter())
        else:
            self.until = now + self._pool.pause_secs
