"""
What there is, and how it is.
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
    reused: int = 0  # runs after the first of a process
    memory: int = 0  # bytes, as far as they were looked at


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many answers are under way, of how many at most, and how many requests wait for a place; and whether
    no more are taken.
    """

    running: int = 0
    waiting: int = 0
    places: int = 0
    draining: bool = False


class Model(msgspec.Struct, frozen=True):
    """A name that a client may ask for, and the backend that answers to it."""

    name: str
    backend: str


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a live program says of itself.  `login` and `note` are sentences, if there is one to tell."""

    version: str = "unknown"
    login: str = "unknown"
    note: str = ""  # what it lacks, though it works


BackendState = Literal["ready", "untried", "missing", "failing", "disabled"]


class BackendHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How one backend is: for `/health`, `doctor` and the start of the daemon."""

    name: str
    state: BackendState
    path: str = ""  # empty: the program was not found
    version: str = ""
    login: str = ""
    note: str = ""
    last_error: str = ""
    processes: int = 0
    runs: int = 0
    agents: Census = Census()

    @property
    def installed(self) -> bool:
        """Whether there is a program that requests may be for."""
        return self.state not in ("missing", "disabled")
