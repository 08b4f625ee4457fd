"""
A command from its flags to the end of its process.

What is slow to import is imported when it is known that it is needed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from clinvoker.client.exits import CANCELLED, CONFIG, GENERAL, OK, CommandFailed
from clinvoker.client.flags import Given
from clinvoker.client.places import Place, configured_place, key_for, named_place
from clinvoker.config import Config, ConfigError
from clinvoker.sources import load_config

if TYPE_CHECKING:
    from clinvoker.client.connection import Connection
    from clinvoker.client.work import Work

Command = Callable[..., Coroutine[Any, Any, int | None]]


class _AnyName:
    """Stands for the names of all backends, which only the daemon has to know."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(("claude", "codex", "gemini"))

    def __len__(self) -> int:
        return 3


def run(given: Given, command: Command, *arguments: Any) -> NoReturn:
    """
    Carry out a command, which is called with its `Work` and these arguments, and end the process with what
    it gives: an exit code, or None for success.
    """
    try:
        config = configured(given)
        named = given.server or os.environ.get("CLINVK_SERVER", "")
        if given.local and given.server:
            raise CommandFailed("--local and --server exclude each other; give one.")
        place = named_place(named, key_for(config, os.environ)) if named and not given.local else None
    except CommandFailed as error:
        raise SystemExit(_told(error)) from None
    from twisted.internet.defer import Deferred
    from twisted.internet.task import react

    from clinvoker.client.interrupts import Interrupts

    def begin(reactor: Any) -> Deferred[None]:
        _quieten(given)
        ending: Deferred[None] = Deferred.fromCoroutine(
            _guarded(reactor, given, config, place, command, arguments)
        )
        Interrupts(ending.cancel, reactor).install(reactor)
        return ending

    react(begin)
    raise SystemExit(OK)


def configured(given: Given) -> Config:
    """The configuration; raises `CommandFailed` with all that is wrong with it."""
    try:
        return load_config(given.config, os.environ, {}, _AnyName())
    except ConfigError as error:
        raise CommandFailed("\n".join(error.complaints), CONFIG) from None


async def _guarded(
    reactor: Any, given: Given, config: Config, place: Place | None, command: Command, arguments: Any
) -> None:
    """Carry it out, and have every failure be a sentence and an exit code."""
    from twisted.internet.defer import CancelledError

    try:
        code = await _carried(reactor, given, config, place, command, arguments)
    except CommandFailed as error:
        code = _told(error)
    except CancelledError:
        code = CANCELLED
    except BrokenPipeError:  # nobody reads on
        code = _silenced()
    except ConfigError as error:
        code = _told(CommandFailed("\n".join(error.complaints), CONFIG))
    except Exception as error:
        if given.verbose:
            raise
        kind = type(error).__name__
        code = _told(CommandFailed(f"A bug was met ({kind}: {error}); please report it, with what -v shows."))
    if code:
        raise SystemExit(code)


async def _carried(
    reactor: Any, given: Given, config: Config, place: Place | None, command: Command, arguments: Any
) -> int | None:
    from clinvoker.client.connection import connected

    key = key_for(config, os.environ)
    if place is None and not given.local:
        place = await _found(reactor, configured_place(config, key))
    if place is not None:
        return await command(_work(reactor, given, config, connected(reactor, place)), *arguments)

    from clinvoker.client.private import Private

    async with Private(reactor, given.config, key) as private:
        return await command(_work(reactor, given, config, connected(reactor, private)), *arguments)


async def _found(reactor: Any, place: Place | None) -> Place | None:
    """The same place if a daemon of ours answers there."""
    from clinvoker.client.connection import Refused, Unreachable, connected

    if place is None:
        return None
    try:
        health = await connected(reactor, Place(place.url, place.socket)).get("/health")
    except Refused as error:
        health = error.problem
    except (Unreachable, CommandFailed, ValueError):
        return None
    return place if isinstance(health, dict) and "session_store" in health else None


def _work(reactor: Any, given: Given, config: Config, api: Connection) -> Work:
    from clinvoker.client.work import Work

    terminal = sys.stdout.isatty()
    plain = given.no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Work(
        given=given,
        config=config,
        api=api,
        out=sys.stdout,
        err=sys.stderr,
        directory=os.getcwd(),
        terminal=terminal,
        coloured=terminal and config.output.color and not plain,
        clock=reactor,
        width=lambda: shutil.get_terminal_size().columns,
    )


def _told(error: CommandFailed) -> int:
    for line in error.message.splitlines() or ["It failed."]:
        print(f"clinvk: {line}", file=sys.stderr)
    return error.exit_code or GENERAL


def _silenced() -> int:
    """Have nothing more written; what Python would still flush at its end included."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK


def _quieten(given: Given) -> None:
    """Have what goes wrong within be told with -v, and nothing else of Twisted's log ever."""
    from twisted.logger import (
        FilteringLogObserver,
        LogLevel,
        LogLevelFilterPredicate,
        globalLogBeginner,
        textFileLogObserver,
    )

    warnings = LogLevelFilterPredicate(LogLevel.warn)
    told = FilteringLogObserver(textFileLogObserver(sys.stderr), [warnings])
    observers: list[Any] = [told] if given.verbose else [lambda event: None]
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False, discardBuffer=True)
