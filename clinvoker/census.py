"""
The processes of one backend, counted by what they do, as a value.
"""

from __future__ import annotations

from typing import Literal

import msgspec

CircuitState = Literal["closed", "open", "half-open"]


class Census(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many processes there are, and how many there were since the daemon started.

    `circuit` is open while nothing is started after starts that failed, half-open when one may be tried.
    """

    circuit: CircuitState = "closed"
    starting: int = 0
    blank: int = 0  # ready and never used
    idle: int = 0  # used before, free now
    busy: int = 0
    holding: int = 0  # nothing but conversations between two requests
    ending: int = 0
    started: int = 0  # from here on since the daemon started
    crashed: int = 0  # before they were ready
    retired: int = 0
    memory: int = 0  # bytes, as far as they were looked at
