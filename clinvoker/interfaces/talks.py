"""
What a program is spoken to by: the words of its protocol.  Third parties implement these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from zope.interface import Attribute, Interface

from clinvoker.model import (
    Invocation,
    Message,
)
from clinvoker.talk import Record, Step


class ITalk(Interface):
    """
    The words of one program's session protocol.  Sans-IO: touches no transport, no clock, no file.

    Every method gives the steps that follow from what it was told.  A record of an unknown
    kind gives none: programs learn new words.
    """

    capacity: int = Attribute("How many runs can be under way at a time.")
    open: bool = Attribute(
        """
        Whether this process will take one more run after those it has had: false once it is
        used up (a conversation it cannot forget, a leak).  Says nothing of `capacity`.
        """
    )

    def start() -> Sequence[Step]:
        """Greet the program.  Called once, when the process has started."""

    def receive(record: Record) -> Sequence[Step]:
        """Take one record of the program's output."""

    def begin(run: int, invocation: Invocation) -> Sequence[Step]:
        """
        Start a run: the whole conversation in, then the turn.  Called only after `Ready`.
        The steps of it and of later records end with exactly one `Ended(run)`, `Parked(run)`,
        `Kept(run)` or a `Broken`.
        """

    def resume(held: int, run: int, messages: Sequence[Message]) -> Sequence[Step]:
        """
        Go on with a parked or kept run under another number.  To one that is parked `messages` are of
        role "tool", one for each of its calls, in any order; to one that is kept they are what
        followed its answer, of role "user" or "tool".  A talk that never says `Parked` or `Kept` is
        never asked.
        """

    def forget(run: int) -> Sequence[Step]:
        """
        Give up the conversation of a run that is kept: its `Ended` follows once the program is as
        if it had never been, or was found to be spent (`open`).
        """

    def interrupt(run: int) -> Sequence[Step]:
        """
        Stop a run's turn by the program's own means, a parked one's too.  No event of that run
        follows; its `Ended` does.  Asked of a run that has ended already, it gives nothing.
        """


class IQuickTalk(ITalk):
    """
    A talk that is given the records which come most often as structs: they are decoded in one step, at a
    third of what a dictionary and its conversion cost.
    """

    quick: type[Struct] = Attribute("Their kind; its tag tells it from all others.")

    def receive_quick(record: Any) -> Sequence[Step]:
        """
        Take a record of that kind.  Those of another shape or with half an emoji in them still come
        by `receive`.
        """
