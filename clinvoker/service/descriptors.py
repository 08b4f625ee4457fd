"""
How many files this process may have open, connections among them, and what is left of these for clients.
"""

from __future__ import annotations

import resource
from collections.abc import Mapping, Sequence

from twisted.logger import Logger

from clinvoker.config import Config
from clinvoker.service.commands import located

# More than this is of no use here, and some systems say a thousand millions.
MOST = 1 << 20
# What the daemon has open by itself: the store, the log, listeners, pictures that are fetched.
OWN = 128
# A program's pipes and pidfd, what is open besides while it starts, and what it asks of the daemon.
OF_PROCESS = 8

_log = Logger()


def raise_limit() -> int:
    """
    Let this process have as many open as the system lets it; programs that use select(2) break with many,
    so that it is asked for, and not usual.  Gives the bound before, for the programs it starts; 0 where there
    is no difference.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return 0
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return soft


def lower_words(open_files: int, environ: Mapping[str, str]) -> Sequence[str]:
    """
    The words of what lets a program begin with so many, before its own; none for 0.

    To set the bound from outside, behind the start, takes 4 us instead of most of a millisecond.  But a
    program may have looked by then: of 2000 that do so at once, 900 had.
    """
    if not open_files:
        return ()
    if found := located("prlimit", environ):
        return (found, f"--nofile={open_files}:", "--")
    # A shell adds to the environment what it takes out again here.
    return ("/bin/sh", "-c", f'ulimit -Sn {open_files}; unset PWD OLDPWD SHLVL; exec "$@"', "sh")


def connections(config: Config) -> int:
    """How many connections there may be: as many as are configured, or as programs and the store leave."""
    wanted, most = config.http.max_connections, _left(config)
    return min(wanted, most) if wanted else most


def tell_shortage(config: Config) -> None:
    """Say in the log if that is fewer than are configured."""
    wanted, most = config.http.max_connections, connections(config)
    if wanted <= most:
        return
    _log.warn(
        "http.max_connections is {wanted}, but with {limit} open files there is room for {most} besides"
        " programs and the store, and no more are taken: raise the hard limit (LimitNOFILE= of the unit,"
        " ulimit -Hn), or lower http.max_connections",
        wanted=wanted,
        limit=_limit(),
        most=most,
    )


def _left(config: Config) -> int:
    limit = _limit()
    return max(limit // 4, limit - OWN - OF_PROCESS * config.agents.max_processes)


def _limit() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft
