"""Which store an address means."""

from __future__ import annotations

from collections.abc import Callable

from clinvoker.settings import Keeping
from clinvoker.storage.memory import MemoryShelf
from clinvoker.storage.shelf import Shelf
from clinvoker.storage.store import Store


def make_store(
    address: str, keeping: Keeping, now: Callable[[], float], day: Callable[[float], str]
) -> Store:
    """The store at an address, not open yet: `memory:`."""
    return Store(_shelf(address), keeping, now, day)


def _shelf(address: str) -> Shelf:
    return MemoryShelf()
