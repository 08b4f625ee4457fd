"""Measuring, where it is wanted."""

from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.task import LoopingCall

from clinvoker.runs.service import Runs
from clinvoker.service.counting import Counting
from clinvoker.service.watching import Watching
from clinvoker.tasks.sessions import Sessions
from clinvoker.web.journal import Entry
from clinvoker.web.site import ApiSite

PULSE_SECS = 1.0


class Metering(Service):
    """Has all be told of that is measured, and looks how late the reactor is."""

    def __init__(
        self,
        reactor: Any,
        site: ApiSite,
        runs: Runs,
        sessions: Sessions,
        watching: Watching,
        counting: Counting,
    ) -> None:
        from clinvoker.metrics import Metrics  # what nobody wants is not imported

        self._metrics = Metrics(
            site.paths.of, runs.load, runs.health, lambda: (sessions.active, sessions.created)
        )
        self._clock = reactor
        self._pulse = LoopingCall(self._look)
        self._pulse.clock = reactor
        self._due = 0.0
        watching.add(self._metrics.run_over)
        counting.add(self._metrics.used)
        site.journal.add(self._request)
        site.settings.metrics = self._metrics.text

    def _request(self, entry: Entry, runs: object) -> None:
        self._metrics.request(entry.method, entry.path, entry.status, entry.secs)

    def startService(self) -> None:
        super().startService()
        self._due = self._clock.seconds() + PULSE_SECS
        self._pulse.start(PULSE_SECS, now=False)

    def stopService(self) -> None:
        super().stopService()
        self._pulse.stop()

    def _look(self) -> None:
        now = self._clock.seconds()
        self._metrics.late(max(0.0, now - self._due))
        self._due = now + PULSE_SECS
