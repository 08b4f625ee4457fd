"""How a daemon that cannot start says so."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

from twisted.logger import Logger

# What the process ends with when what it was told to use cannot be used, and when trying again may help.
EXIT_CONFIG = 3
EXIT_BUSY = 1

_log = Logger()


def refuse(complaints: Iterable[str]) -> NoReturn:
    """End the process, having said what is wrong, where there is no log yet."""
    for complaint in complaints:
        print(f"clinvoker: {complaint}", file=sys.stderr)
    raise SystemExit(EXIT_CONFIG)


def give_up(complaints: Iterable[str], code: int) -> NoReturn:
    """End the process with that exit status, what is wrong being in the log, whatever its level."""
    for complaint in complaints:
        _log.critical("{complaint}", complaint=complaint)
    raise SystemExit(code)
