"""Ctrl-C: once it ends what the command does, twice the command."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from clinvoker.client.exits import CANCELLED

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorCore, IReactorFromThreads


class Interrupts:
    """
    The first SIGINT, SIGTERM or SIGHUP calls `interrupt`; the second ends the process where it stands.
    The store outlives that, and programs that were started are ended by their guardian.
    """

    def __init__(self, interrupt: Callable[[], object], wake: IReactorFromThreads) -> None:
        self._interrupt = interrupt
        self._wake = wake
        self._came = False

    def install(self, core: IReactorCore) -> None:
        """Take the place of Twisted's handlers, once these are there."""
        core.callWhenRunning(self._install)

    def received(self) -> None:
        """A signal has come; at any moment."""
        if self._came:
            end_now()
        self._came = True
        self._wake.callFromThread(self._interrupt)

    def _install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.received())


_last: list[Callable[[], object]] = []


def before_end(remove: Callable[[], object]) -> None:
    """Have this called even where the process is ended at once; it must raise nothing."""
    _last.append(remove)


def end_now(*_: object) -> NoReturn:
    """End this process, whatever it does."""
    for remove in _last:
        remove()
    os._exit(CANCELLED)


def at_start() -> None:
    """
    Until there is something to interrupt, Ctrl-C ends the command.  Python's own exception would be lost
    where it comes up in a callback of the import system's.
    """
    signal.signal(signal.SIGINT, end_now)


def while_blocked() -> None:
    """From now on the first Ctrl-C raises `KeyboardInterrupt` out of what blocks, the second ends at once."""

    def received(*_: object) -> None:
        signal.signal(signal.SIGINT, end_now)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, received)
