"""
What the configuration says, in the values that rooms are given; nobody's file knows them.

What is `Current` is changed in place when the configuration is read anew: whoever was given it reads it where
it is used, and keeps no copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import msgspec
from typing_extensions import Self

from clinvoker.agency import Agency, Approval, Sandbox


class Current(msgspec.Struct, kw_only=True):
    """Values that hold now."""

    def become(self, other: Self) -> None:
        """Hold what the other does."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(other, name))


class Reloaded(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was different when the configuration was read anew, by keys of the file: what holds from now on, and
    what will once the daemon is started anew.
    """

    changed: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()


class Limits(Current, kw_only=True):
    """Bounds on what is under way.  Times in seconds."""

    request_secs: float = 900.0  # from the request to the end of the answer
    first_output_secs: float = 300.0  # from the turn's begin to its first words
    idle_output_secs: float = 300.0  # between two pieces of output
    ready_secs: float = 30.0  # for a process to speak its protocol
    runs: int = 64  # under way at once
    backend_runs: Mapping[str, int] = {}  # of those on one backend, where it has a bound of its own
    queue: int = 128  # waiting for one of those places
    queue_secs: float = 60.0  # in that queue, and for a free process
    processes: int = 16  # of one backend
    answer_bytes: int = 64 * 1024 * 1024  # of one answer's text and reasoning, roughly
    parked: int = 8  # turns that wait for results of the client's tools
    parked_secs: float = 300.0  # each of them
    kept: int = 8  # conversations at rest in their programs after an answer
    keep_secs: float = 300.0  # each of them
    retries: int = 2  # of a failure that passes, before anything was delivered
    drain_secs: float = 30.0  # for running answers when the daemon stops


class Pool(Current, kw_only=True):
    """Which processes are kept, and how many ahead of need.  Times in seconds, memory in bytes."""

    warm: Mapping[str, int] = {}  # by backend: ready and blank; of others as many as they say themselves
    prestart: Collection[str] = ()  # the backends for which that holds before anybody asked
    max_processes: int = 32  # of all backends
    max_rss: int = 4 * 1024**3  # of all processes; past it none is started ahead of need
    min_available: int = 512 * 1024**2  # left on the machine; below it none is either
    max_agent_rss: int = 1024**3  # of one process; past it it ends as soon as it is idle
    idle_secs: float = 300.0  # after which what is not promised ends
    max_runs: int = 1000  # of one process
    reuse: Literal["blank", "never"] = "blank"  # whether one that can forget serves another conversation
    shared: bool = False  # whether one that has served a principal may serve others
    failed_starts: int = 5  # in a row, after which a program is left alone
    pause_secs: float = 30.0  # for so long


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration says of one backend's program."""

    program: str = ""  # a path, or a name to look up; empty: the backend's own
    arguments: tuple[str, ...] = ()  # after the launch's own
    environment: Mapping[str, str] = {}  # on top of the launch's own
    at_work: tuple[str, ...] = ()  # after those, for an agent that works
    pass_environment: tuple[str, ...] = ()  # names and patterns let through besides the backend's
    confined: bool = True


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a backend where neither the request nor its model says so."""

    system: str = ""
    approval: Approval = "default"
    sandbox: Sandbox = "default"


class Names(Current, kw_only=True):
    """How the words clients use for models are understood, beyond what backends know."""

    configured: Mapping[str, str] = {}  # name -> "backend" or "backend/model"
    defaults: Mapping[str, str] = {}  # backend -> model for its bare name; else the program's own
    agencies: Mapping[str, Agency] = {}  # of those configured names that mean an agent at work
    usual: Mapping[str, Usual] = {}  # by backend
    fallback: str = ""  # what any unknown name means; empty: unknown names are refused


class Keeping(Current, kw_only=True):
    """What is kept of what passed through, and how long.  0 is for ever, or any number."""

    days: float = 30.0  # since its last use, of anything but what was used
    sessions: int = 10_000  # of each key, as the following
    responses: int = 10_000
    conversations: int = 10_000
    bytes: int = 4 * 1024**3  # of all together
    usage_days: float = 400.0
    prompts: Literal["needed", "always", "never"] = "needed"
    token_usage: bool = True  # in sessions
    tags: tuple[str, ...] = ()  # of new sessions

    @property
    def responses_stored(self) -> bool:
        """Whether what the client wants stored can be: it holds prompts."""
        return self.prompts != "never"

    def prompts_of(self, resumable: bool) -> bool:
        """Whether a session's prompts and answers are kept, given whether it may be resumed by them."""
        return self.prompts == "always" or (self.prompts == "needed" and resumable)
