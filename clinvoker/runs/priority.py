"""
Having a process group give way to others for a while.

Trap: a process may always be made nicer, but only who has CAP_SYS_NICE or an RLIMIT_NICE that reaches back
to where it was may take that back, and an agent must not serve at a low priority for ever.  Where it cannot
be taken back nothing is done.  The call for a group reaches all threads of all its processes.
"""

from __future__ import annotations

import os
import resource
from contextlib import suppress

_STEPS = 10  # of niceness
_CAP_SYS_NICE = 1 << 23


def give_way(group: int) -> None:
    """Put a process group behind all that is not nice itself."""
    if can_be_undone():
        _set(group, _own() + _STEPS)


def go_on(group: int) -> None:
    """Back to the daemon's own priority."""
    if can_be_undone():
        _set(group, _own())


def can_be_undone() -> bool:
    """Whether this process may make others less nice than they are, as far as its own niceness."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NICE)
    unlimited = soft == resource.RLIM_INFINITY
    return unlimited or soft >= 20 - _own() or bool(_capabilities() & _CAP_SYS_NICE)


def _own() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def _set(group: int, niceness: int) -> None:
    with suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PGRP, group, niceness)


def _capabilities() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))
