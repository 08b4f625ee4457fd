"""
What a talk gives back to the agent that carries it.

A talk is the sans-IO half of an agent: it holds all words of one program's protocol and no
transport.  It is given records and wishes and gives back a list of `Step`s, which the agent
carries out in their order.  Runs are known by a number the agent gives them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clinvoker.errors import ClinvokerError
from clinvoker.model import Event, Identity

Record = Mapping[str, object]


def sendable(text: str) -> str:
    """A text as a record can hold it: a lone surrogate is no Unicode, and no line with one is answered."""
    return text.encode("utf-8", "replace").decode()


class Send(msgspec.Struct, frozen=True):
    """Write this record to the program, as one line of JSON."""

    record: Record


class Write(msgspec.Struct, frozen=True):
    """Put a file into the agent's private directory, before any later step."""

    path: str  # relative to the private directory
    text: str


class Remove(msgspec.Struct, frozen=True):
    """Remove a file or a whole folder of the agent's private directory, if it is there."""

    path: str


class Ready(msgspec.Struct, frozen=True):
    """
    The program speaks the protocol and takes runs from now on.  Said again when more is known of it.
    """

    identity: Identity


class Heard(msgspec.Struct, frozen=True):
    """An event of a run."""

    run: int
    event: Event


class Ended(msgspec.Struct, frozen=True):
    """
    The turn of a run is over in the program too, and its place there is free.

    Without `error` the run either was delivered its `Finished`, or had been interrupted.
    """

    run: int
    error: ClinvokerError | None = None


class Parked(msgspec.Struct, frozen=True):
    """
    The turn of a run waits for results of the client's tools; comes in place of `Ended`.

    `Finished("tool_calls")` was heard before.  The turn goes on by `ITalk.resume`, or ends by
    `ITalk.interrupt`, whose `Ended` then comes.
    """

    run: int


class Kept(msgspec.Struct, frozen=True):
    """
    The turn of a run is over and the program still holds its conversation; comes in place of `Ended`.

    `Finished("stop")` was heard before.  The conversation goes on by `ITalk.resume`, or is given up by
    `ITalk.forget`, whose `Ended` then comes.
    """

    run: int


class Over(msgspec.Struct, frozen=True):
    """
    Nothing more comes of a run, but its place is not free yet: the program is being cleared of it, and
    `Ended`, whose error is this one, follows by itself.  Said again, it asks for more time.
    """

    run: int
    error: ClinvokerError | None = None


class Broken(msgspec.Struct, frozen=True):
    """The program cannot be used any more: every run fails with `error` and the process ends."""

    error: ClinvokerError


Step = Send | Write | Remove | Ready | Heard | Ended | Parked | Kept | Over | Broken
