"""How a daemon that cannot start says so."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

# What the process ends with when what it was told to use cannot be used.
EXIT_CONFIG = 3


def refuse(complaints: Iterable[str]) -> NoReturn:
    """End the process, having said what is wrong."""
    for complaint in complaints:
        print(f"clinvoker: {complaint}", file=sys.stderr)
    raise SystemExit(EXIT_CONFIG)
