"""The store that is in memory only."""

from __future__ import annotations

from time import gmtime, strftime
from typing import Any

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.records import SessionFilter
from clinvoker.settings import Keeping
from clinvoker.storage.memory import FEW, MemoryShelf
from clinvoker.storage.store import Store
from clinvoker.testing.store import store_tests
from clinvoker.testing.store_case import NOW, SESSION


def day(at: float) -> str:
    return strftime("%Y-%m-%d", gmtime(at))


def make(test: Any, keeping: Keeping) -> Store:
    return Store(MemoryShelf(), keeping, lambda: NOW, day)


SessionTests, ResponseTests, ConversationTests, UsageTests, RetentionTests, ForEverTests, SizeTests = (
    store_tests(make)
)


class BoundTests(SynchronousTestCase):
    def test_bound(self) -> None:
        """Even if everything is to be kept for ever, memory does not grow for ever."""
        store = Store(MemoryShelf(most=5), Keeping(days=0, sessions=0), lambda: NOW, day)
        for number in range(4 * FEW):
            session = replace(SESSION, id=f"{number:04}", updated=NOW + number, status="completed")
            store.put_session(session)
        self.assertEqual(5, self.successResultOf(store.sessions("ann", SessionFilter())).total)
