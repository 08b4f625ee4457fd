"""
Processes started before anybody asks for them, and ended when there are more than that needs.
"""

from __future__ import annotations

from contextlib import suppress

import attrs
from twisted.internet.interfaces import IReactorTime

from clinvoker.errors import BackendUnusable
from clinvoker.runs.alarm import Alarm
from clinvoker.runs.living import Living
from clinvoker.runs.looking import LOOK_SECS, Looking
from clinvoker.runs.refill import Refill
from clinvoker.runs.starting import Starter
from clinvoker.settings import Pool


@attrs.frozen
class Ahead:
    """Does what `refill` finds; where that is to be done later, the alarm rings then."""

    _clock: IReactorTime
    _pool: Pool
    _living: Living
    _refill: Refill
    _starter: Starter
    _memory: Looking
    _alarm: Alarm

    def start(self) -> None:
        """Start one that is missing: one at a time."""
        now = self._clock.seconds()
        for backend, launch in self._refill.missing():
            circuit = self._starter.record(backend.name).circuit
            if circuit.state(now) != "closed" or self._living.full(backend.name):
                continue
            if circuit.until > now:
                self._alarm.at(circuit.until)
            elif self._memory.short_of_memory():
                self._alarm.at(now + LOOK_SECS)
            else:
                with suppress(BackendUnusable):  # it is noted; the next may do better
                    self._starter.watch(self._starter.start(backend, launch, ahead=True))
                    return

    def retire_surplus(self) -> None:
        """End those that are too many and were not used for long."""
        now = self._clock.seconds()
        for live in self._refill.surplus():
            since = now if live.since is None else live.since
            if since + self._pool.idle_secs > now:
                self._alarm.at(since + self._pool.idle_secs)
            else:
                self._starter.retire(live)
