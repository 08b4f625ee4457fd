"""
A command from its flags to the end of its process.

What is slow to import is imported when it is known that it is needed.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, NoReturn

from clinvoker.client.connection import UNTRUSTED, Connection, Interrupted, Refused
from clinvoker.client.exits import CANCELLED, CONFIG, GENERAL, OK, CommandFailed
from clinvoker.client.flags import Given
from clinvoker.client.interrupts import while_blocked
from clinvoker.client.places import Place, configured_place, key_for, named_place
from clinvoker.client.start import started
from clinvoker.client.work import Work
from clinvoker.config import Config, ConfigError
from clinvoker.sources import load_config

# Seconds to find out whether a daemon is there.
PROBE_SECS = 2.0

Command = Callable[..., Coroutine[Any, Any, int | None]]


class _AnyName:
    """Stands for the names of all backends, which only the daemon has to know."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(("claude", "codex", "gemini"))

    def __len__(self) -> int:
        return 3


def run(
    given: Given, command: Command, *arguments: Any, waits: bool = False, owner: bool = False
) -> NoReturn:
    """
    Carry out a command, which is called with its `Work` and these arguments, and end the process with what
    it gives: an exit code, or None for success.  One that `waits` for more than answers needs a reactor; one
    of the daemon's `owner` needs that daemon, whatever is between.
    """
    try:
        config = configured(given)
        place = wanted_place(given, config, owner)
        if place is not None and not owner and not _is_named(given):
            place = _trusted(place, given.quiet)
        if place is not None and not waits and place.plain:
            from clinvoker.client import blocking

            work = work_of(given, config, blocking.connected(place), _Clock())
            started()
            while_blocked()
            raise SystemExit(blocking.at_once(ended(given, command(work, *arguments))))
    except CommandFailed as error:
        raise SystemExit(_told(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(CANCELLED) from None
    from clinvoker.client.reacting import react_to

    raise SystemExit(react_to(given, config, place, command, arguments))


def configured(given: Given) -> Config:
    """The configuration; raises `CommandFailed` with all that is wrong with it."""
    try:
        return load_config(given.config, os.environ, {}, _AnyName())
    except ConfigError as error:
        raise CommandFailed("\n".join(error.complaints), CONFIG) from None


def wanted_place(given: Given, config: Config, owner: bool = False) -> Place | None:
    """
    The daemon to ask, also by its `owner`; None if there is none.  Raises `CommandFailed` for flags that
    exclude each other.
    """
    if given.local and given.server:
        raise CommandFailed("--local and --server exclude each other; give one.")
    named, key = _is_named(given), key_for(config, os.environ)
    if given.local:
        return None
    if named:
        return named_place(named, key)
    place = configured_place(config, key, owner)
    return place if place is not None and answers(place) else None


def _is_named(given: Given) -> str:
    return given.server or os.environ.get("CLINVK_SERVER", "")


def _trusted(place: Place, quiet: bool) -> Place | None:
    """The place, or None, having said why, where nobody vouches for who answers there."""
    from clinvoker.client import blocking

    why = "" if place.plain else blocking.distrusted(place, PROBE_SECS)
    if why and not quiet:
        print(f"clinvk: Not asked is the daemon at {place.name}: {UNTRUSTED.format(why)}.", file=sys.stderr)
    return None if why else place


def answers(place: Place) -> bool:
    """Whether a daemon of ours is there; it is not sent the key before that is known."""
    from clinvoker.client import blocking

    asked = Place(place.url, place.socket)
    try:
        health = blocking.at_once(blocking.connected(asked, PROBE_SECS).get("/health"))
    except Refused as error:
        health = error.problem
    except CommandFailed:
        return False
    return isinstance(health, dict) and "session_store" in health


async def ended(given: Given, carried: Coroutine[Any, Any, int | None]) -> int:
    """The exit code of a command; every failure becomes a sentence."""
    try:
        return await carried or OK
    except CommandFailed as error:
        return _told(error)
    except Interrupted:
        return CANCELLED
    except BrokenPipeError:  # nobody reads on
        return _silenced()
    except ConfigError as error:
        return _told(CommandFailed("\n".join(error.complaints), CONFIG))
    except Exception as error:
        if given.verbose:
            raise
        kind = type(error).__name__
        return _told(CommandFailed(f"A bug was met ({kind}: {error}); please report it, with what -v shows."))


def work_of(given: Given, config: Config, api: Connection, clock: Any) -> Work:
    """What the command is given."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what a terminal cannot show must not end the answer
            stream.reconfigure(errors="replace")
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
        clock=clock,
        width=lambda: shutil.get_terminal_size().columns,
    )


class _Clock:
    def seconds(self) -> float:
        return time.time()


def _told(error: CommandFailed) -> int:
    for line in error.message.splitlines() or ["It failed."]:
        print(f"clinvk: {line}", file=sys.stderr)
    return error.exit_code or GENERAL


def _silenced() -> int:
    """Have nothing more written; what Python would still flush at its end included."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK
