"""The store in a file, pumped by hand: no thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clinvoker.settings import Keeping
from clinvoker.storage.sqlite_shelf import SqliteShelf
from clinvoker.storage.store import Store
from clinvoker.testing.store import store_tests
from clinvoker.testing.store_case import NOW
from clinvoker.testing.worker import MemoryWorker
from tests.storage.test_memory import day

FOR_LONG = Keeping()


class PumpedStore(Store):
    """A store with its worker at hand."""

    def __init__(self, path: Path, owner: str = "me", keeping: Keeping = FOR_LONG) -> None:
        self.worker = MemoryWorker()
        self.shelf = SqliteShelf(path, owner, self.worker, self.worker.way_back)
        super().__init__(self.shelf, keeping, lambda: NOW, day)


def make(test: Any, keeping: Keeping) -> PumpedStore:
    return PumpedStore(Path(test.mktemp()) / "state.db", keeping=keeping)


def pump(store: Any) -> None:
    store.worker.pump()


SessionTests, ResponseTests, ConversationTests, UsageTests, RetentionTests, ForEverTests, SizeTests = (
    store_tests(make, pump)
)
