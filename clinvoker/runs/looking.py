"""
What processes take of the memory of the machine, looked at now and then.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from clinvoker.interfaces import ISpawner
from clinvoker.runs.living import Live, Living
from clinvoker.settings import Pool

LOOK_SECS = 10.0  # between two looks at the memory of a process, and of a machine that is short of it


class Looking:
    """Looks, and holds what is seen against what is allowed."""

    def __init__(self, spawner: ISpawner, clock: IReactorTime, pool: Pool, living: Living) -> None:
        self._spawner = spawner
        self._clock = clock
        self._pool = pool
        self._living = living

    def at(self, live: Live) -> None:
        """Look at a process, unless that was done a moment ago: one that is too large ends after its runs."""
        now = self._clock.seconds()
        if live.looked is None or now - live.looked >= LOOK_SECS:
            live.looked = now
            live.resident = self._spawner.resident(live.agent)
            # A blank one that is too large would be replaced by its like, for ever.
            live.worn = live.worn or (bool(live.begun) and live.resident > self._pool.max_agent_rss)

    def short_of_memory(self) -> bool:
        """Whether nothing may be started ahead of need."""
        if self._living.memory() > self._pool.max_rss:
            return True
        return self._spawner.available() < self._pool.min_available
