"""The daemon as a service: what happens when it starts and when it stops."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized

from clinvoker.model import BackendHealth
from clinvoker.service.notify import Notify

# What closing takes after draining, with time to spare: systemd waits for both, whatever its own bound is.
CLOSING_SECS = 15


class Drainable(Protocol):
    """What the daemon needs of the runs."""

    async def drain(self) -> None:
        """Take no new run and come back when all have ended, and their processes too."""

    def health(self) -> Sequence[BackendHealth]:
        """How each backend is."""


class Daemon(MultiService):
    """
    Stops in order: runs are drained while the ports still answer (with 503 to what is new), then
    the ports close, then `release` lets go of what is left.  To `observer` goes the log, if it is set.
    """

    _log = Logger()

    def __init__(
        self,
        runs: Drainable,
        notify: Notify,
        warnings: Sequence[str],
        release: Callable[[], object],
        drain_secs: float = 0.0,
    ) -> None:
        super().__init__()
        self.runs = runs
        self._notify = notify
        self._warnings = warnings
        self._release = release
        self._drain_secs = drain_secs
        self.observer: ILogObserver | None = None

    def setServiceParent(self, parent: Any) -> None:
        """`twistd` asks the application for `observer`, if there is one, before it logs anything."""
        if self.observer is not None and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self.observer)
        super().setServiceParent(parent)

    def startService(self) -> None:
        super().startService()
        for warning in self._warnings:
            self._log.warn("{sentence}", sentence=warning)
        for backend in self.runs.health():
            self._log.info("{name}: {path}", name=backend.name, path=backend.path or "not found")
        self._notify(f"READY=1\nMAINPID={os.getpid()}\nSTATUS=Serving")

    def stopService(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        allowed = int((self._drain_secs + CLOSING_SECS) * 1_000_000)
        self._notify(f"STOPPING=1\nSTATUS=Draining\nEXTEND_TIMEOUT_USEC={allowed}")
        try:
            await self.runs.drain()
        except Exception:  # whatever it is, the ports close and the processes end
            self._log.failure("draining failed")
        await super().stopService()
        self._release()
        self._log.info("stopped")
