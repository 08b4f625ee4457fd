"""A store for the tests of the web."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from clinvoker.settings import Keeping
from clinvoker.storage.memory import MemoryShelf
from clinvoker.storage.store import Store


def memory_store(clock: IReactorTime) -> Store:
    """A store in memory, open."""
    store = Store(MemoryShelf(), Keeping(), clock.seconds, lambda at: "2026-11-26")
    store.open()
    return store
