"""Telling systemd that the reactor turns: WATCHDOG= of sd_notify(3), for units with `WatchdogSec=`."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.application.service import Service
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from clinvoker.service.notify import Notify


def beat_secs(environ: Mapping[str, str], pid: int) -> float:
    """Half the time after which systemd kills a silent service; 0 where it does not, or another process."""
    usec, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or meant not in ("", str(pid)):
        return 0.0
    return int(usec) / 2_000_000


class Watchdog(Service):
    """Beats from the reactor: one that hangs does not.  It goes on while the daemon drains."""

    def __init__(self, notify: Notify, secs: float, clock: IReactorTime) -> None:
        self._secs = secs
        self._beat = LoopingCall(notify, "WATCHDOG=1")
        self._beat.clock = clock

    def startService(self) -> None:
        super().startService()
        if self._secs:
            self._beat.start(self._secs)

    def stopService(self) -> None:
        super().stopService()
        if self._beat.running:
            self._beat.stop()
