"""A command on the reactor."""

from __future__ import annotations

import os
import sys
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import react
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

from clinvoker.client.connection import Interrupted
from clinvoker.client.flags import Given
from clinvoker.client.interrupts import Interrupts
from clinvoker.client.places import Place
from clinvoker.client.running import Command, ended, work_of
from clinvoker.client.start import started
from clinvoker.client.treqing import connected
from clinvoker.config import Config


def react_to(
    given: Given, config: Config, place: Place | None, command: Command, arguments: tuple[Any, ...]
) -> int:
    """Carry out a command over the daemon at a place, or over a service within; gives the exit code."""
    codes: list[int] = []

    def begin(reactor: Any) -> Deferred[None]:
        carried = Deferred.fromCoroutine(
            ended(given, _carried(reactor, given, config, place, command, arguments))
        )
        Interrupts(carried.cancel, reactor).install(reactor)
        return carried.addCallback(codes.append)

    log_warnings(given.verbose)
    try:
        react(begin)
    except SystemExit:
        if not codes:
            raise
    return codes[0]


async def _carried(
    reactor: Any,
    given: Given,
    config: Config,
    place: Place | None,
    command: Command,
    arguments: tuple[Any, ...],
) -> int | None:
    try:
        if place is not None:
            started()
            return await command(work_of(given, config, connected(reactor, place), reactor), *arguments)

        from clinvoker.client.private import Private

        async with Private(reactor, given.config, _key(config), given.shared) as private:
            return await command(work_of(given, config, connected(reactor, private), reactor), *arguments)
    except CancelledError:
        raise Interrupted from None


def _key(config: Config) -> str:
    """The key for a service of this configuration's own."""
    from clinvoker.service.private import own_key

    return own_key(config, os.environ)


def log_warnings(wanted: bool) -> None:
    """Have what goes wrong within be told on stderr, or nothing; and nothing else of Twisted's log ever."""
    warnings = LogLevelFilterPredicate(LogLevel.warn)
    told = FilteringLogObserver(textFileLogObserver(sys.stderr), [warnings])
    observers: list[Any] = [told] if wanted else [lambda event: None]
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False, discardBuffer=True)
