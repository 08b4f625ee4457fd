"""
What a kind of database must be able to do.  It is asked by one thread at a time and answers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from clinvoker.model import Message
from clinvoker.records import (
    Conversation,
    Item,
    Session,
    SessionFilter,
    Sessions,
    SessionStats,
    StoredResponse,
    Turn,
    UsageRow,
)
from clinvoker.storage.changes import Change

# How far back a conversation is followed: far beyond what any model takes.
LONGEST_CHAIN = 10_000

Kind = Literal["session", "response", "conversation"]
KINDS: tuple[Kind, ...] = ("session", "response", "conversation")


class Tables(Protocol):
    """All that is kept."""

    def apply(self, change: Change) -> None:
        """
        Carry out a change.

        What was dropped while it was under way stays hidden: the put that ends it brings nothing
        back.  Turns and items of what is not there are not kept.
        """

    def sessions_called(self, principal: str, prefix: str) -> Sequence[Session]:
        """Those whose ids begin so; two at most."""

    def turns(self, principal: str, identity: str) -> tuple[Turn, ...]:
        """Of one session, oldest first."""

    def sessions(self, principal: str, wanted: SessionFilter) -> Sessions:
        """A page, last used first; of those used at once the larger id."""

    def session_stats(self, principal: str) -> SessionStats:
        """All, counted."""

    def response(self, principal: str, identity: str) -> StoredResponse | None:
        """The response, if it is there and not hidden."""

    def history(self, principal: str, identity: str) -> tuple[Message, ...]:
        """All messages of the chain that ends there, hidden links included."""

    def conversation(self, principal: str, identity: str) -> Conversation | None:
        """The conversation, if it is there."""

    def items(self, principal: str, identity: str) -> tuple[Item, ...]:
        """All items of a conversation, oldest first."""

    def usage(self, principal: str, since: str, until: str) -> tuple[UsageRow, ...]:
        """By day, backend and model; both days included, empty ones no bound."""

    def everybodys_usage(self, since: str, until: str) -> tuple[UsageRow, ...]:
        """The same of all, by principal first."""

    def expire(self, kind: Kind, before: float, most: int, portion: int) -> int:
        """
        Drop things of this kind that were last used before that time, or that are more than `most` of
        one principal (0: no bound), but none that is under way.  The oldest first, no more than
        `portion`; gives how many.
        """

    def size(self) -> int:
        """Bytes that all of it takes."""

    def make_room(self, excess: int, portion: int) -> int:
        """
        Drop what is not under way of the principal that has most of it, what was used longest ago first,
        until so many bytes went or `portion` things; gives how many did.
        """

    def expire_usage(self, before: str) -> int:
        """Drop the rows of earlier days; gives how many."""
