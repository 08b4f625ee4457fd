"""A store in a test, and records to put into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Message, Text, Usage
from clinvoker.records import (
    Conversation,
    Item,
    Session,
    SessionFilter,
    StoredResponse,
    UsageRow,
)
from clinvoker.settings import Keeping
from clinvoker.stores import IStore

Thing = TypeVar("Thing")

DAY = 24 * 3600.0
NOW = 100 * DAY
SESSION = Session(id="ab" * 16, principal="ann", backend="claude", created=NOW, updated=NOW)
RESPONSE = StoredResponse(
    id="resp_1", principal="ann", created=NOW, model="claude", status="completed", body=b"{}"
)
TALK = Conversation(id="conv_1", principal="ann", created=NOW, updated=NOW)
USED = UsageRow(principal="ann", day="1970-04-11", backend="claude", model="opus", usage=Usage(input=3))


def message(text: str) -> Message:
    return Message("user", (Text(text),))


def item(name: str) -> Item:
    return Item(name, b'{"id":"%b"}' % name.encode())


class StoreTestCase(SynchronousTestCase):
    """
    A store of a test's own.  `make` is given what is kept how long; `pump` has a store carry out what it
    has put off.
    """

    make: Callable[[SynchronousTestCase, Keeping], IStore]
    pump: Callable[[IStore], object]
    keeping = Keeping()

    def setUp(self) -> None:
        self.store = self.make(self, self.keeping)
        self.store.open()
        self.addCleanup(self.close)

    def close(self) -> None:
        self.have(self.store.close())

    def have(self, awaited: Deferred[Thing]) -> Thing:
        """What it gives, once the store has done all it had to."""
        self.pump(self.store)
        return self.successResultOf(awaited)

    def lacks(self, awaited: Deferred[Any], *kinds: type[Exception]) -> None:
        """It fails so."""
        self.pump(self.store)
        self.failureResultOf(awaited, *kinds)

    def ids(self, principal: str = "ann", **wanted: Any) -> list[str]:
        """The ids of a page of sessions."""
        return [
            each.id for each in self.have(self.store.sessions(principal, SessionFilter(**wanted))).sessions
        ]
