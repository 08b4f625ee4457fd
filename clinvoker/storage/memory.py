"""
Everything in dictionaries: for tests, and for those who want nothing on their disk.

What a client is told here lasts as long as the daemon does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred, succeed

from clinvoker.storage.applying import apply, drop, drop_first
from clinvoker.storage.changes import Change
from clinvoker.storage.memory_responses import MemoryConversations, MemoryResponses
from clinvoker.storage.memory_sessions import MemorySessions, MemoryUsage
from clinvoker.storage.sizes import Key
from clinvoker.storage.tables import KINDS, Kind, Tables

Thing = TypeVar("Thing")

# After so many changes it is looked whether there is too much.
FEW = 256


class MemoryTables(MemorySessions, MemoryUsage, MemoryResponses, MemoryConversations):
    """All tables, each in its own dictionaries."""

    def apply(self, change: Change) -> None:
        apply(self, change)

    def expire(self, kind: Kind, before: float, most: int, portion: int) -> int:
        gone = sorted(_expired(self._idle(kind), before, most))[:portion]
        for _, key in gone:
            drop(self, kind, *key)
        return len(gone)

    def size(self) -> int:
        return self.sizes.total

    def make_room(self, excess: int, portion: int) -> int:
        idle = [
            (key[0], used, kind, key[1], self.sizes.of(kind, key))
            for kind in KINDS
            for used, key in self._idle(kind)
        ]
        held: Counter[str] = Counter()
        for principal, *_, size in idle:
            held[principal] += size
        idle.sort(key=lambda each: (-held[each[0]], each))
        return drop_first(self, [(each[2], each[0], *each[3:]) for each in idle[:portion]], excess)

    def _idle(self, kind: Kind) -> list[tuple[float, Key]]:
        """When those that are not under way were last used."""
        return {
            "session": self.idle_sessions,
            "response": self.idle_responses,
            "conversation": self.idle_conversations,
        }[kind]()


class MemoryShelf:
    """
    The tables themselves, asked at once.  They hold `most` of each kind and principal and a few more, and
    `most_bytes` of what is not under way.
    """

    trouble = ""

    def __init__(self, most: int = 10_000, most_bytes: int = 256 * 1024 * 1024) -> None:
        self._tables = MemoryTables()
        self._most = most
        self._most_bytes = most_bytes
        self._changes = 0

    def open(self) -> None:
        pass

    def write(self, change: Change, data: bytes) -> None:
        self._tables.apply(change)
        self._changes += 1
        if self._changes % FEW == 0:
            for kind in KINDS:
                self._tables.expire(kind, 0.0, self._most, FEW)
        excess = self._tables.size() - self._most_bytes
        if excess > 0:
            self._tables.make_room(excess, FEW)

    def ask(self, question: Callable[[Tables], Thing]) -> Deferred[Thing]:
        return maybeDeferred(question, self._tables)

    def recover(self) -> Deferred[None]:
        return succeed(None)

    def close(self) -> Deferred[None]:
        return succeed(None)


def _expired(idle: list[tuple[float, Key]], before: float, most: int) -> list[tuple[float, Key]]:
    """Those that are too old, or one too many of their principal."""
    seen: Counter[str] = Counter()
    gone = []
    for used, key in sorted(idle, reverse=True):
        seen[key[0]] += 1
        if used < before or (most and seen[key[0]] > most):
            gone.append((used, key))
    return gone
