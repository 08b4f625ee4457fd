"""Where tables lie: what `store` needs of a place that keeps changes and answers questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred

from clinvoker.storage.changes import Change
from clinvoker.storage.tables import Tables

Thing = TypeVar("Thing")


class StoreUnusable(Exception):
    """The store cannot be opened.  The text says why and what to do."""


class Shelf(Protocol):
    """A place with tables."""

    trouble: str  # a sentence while changes cannot be carried out; else empty

    def open(self) -> None:
        """Make ready; blocks.  Raises `StoreUnusable`."""

    def write(self, change: Change, data: bytes) -> None:
        """Take a change, `data` being how it is written down.  Raises nothing and does not wait."""

    def ask(self, question: Callable[[Tables], Thing]) -> Deferred[Thing]:
        """
        Ask the tables after all that was written before.  Fails as the question does, or with
        `StoreFailed`.
        """

    def recover(self) -> Deferred[None]:
        """See to what daemons that have ended since left behind."""

    def close(self) -> Deferred[None]:
        """Carry out what is left and let go."""
