"""
SIGTERM and SIGINT; SIGHUP.

Twisted's own handlers make `twistd` end by the signal itself after a clean shutdown; for a
service that did as it was told, the exit code is 0.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from twisted.internet.interfaces import IReactorCore, IReactorFromThreads
from twisted.logger import Logger


class Signals:
    """
    The first of the former stops the reactor, which drains; each further one calls `hurry`.  SIGHUP calls
    `reload`, unless a terminal is there: then it says that this is gone, and stops the reactor too.
    """

    _log = Logger()

    def __init__(
        self,
        stop: Callable[[], object],
        hurry: Callable[[], object],
        reload: Callable[[], object],
        wake: IReactorFromThreads,
        terminal: bool = False,
    ) -> None:
        self._stop = stop
        self._hurry = hurry
        self._reload = reload
        self._terminal = terminal
        self._reloading = False
        self._wake = wake
        self._stopping = False

    def install(self, core: IReactorCore) -> None:
        """Take the place of Twisted's handlers, once these are there."""
        core.callWhenRunning(self._install)

    def received(self) -> None:
        """Do as a signal says; on the reactor's thread."""
        if self._stopping:
            self._log.warn("another signal: interrupting what runs")
            self._hurry()
            return
        self._stopping = True
        self._log.info("stopping: what runs may finish; a second signal interrupts it")
        self._stop()

    def hung_up(self) -> None:
        """Do as SIGHUP says; at any moment.  Many at once are one."""
        if self._terminal:
            self._wake.callFromThread(self.received)
        elif not self._reloading:
            self._reloading = True
            self._wake.callFromThread(self._read_anew)

    def _read_anew(self) -> None:
        self._reloading = False
        if not self._stopping:
            self._reload()

    def _install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            # A handler may come between any two lines of ours: let the reactor call.
            signal.signal(number, lambda *_: self._wake.callFromThread(self.received))
        signal.signal(signal.SIGHUP, lambda *_: self.hung_up())
