"""Which store an address means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clinvoker.settings import Keeping
from clinvoker.storage.memory import MemoryShelf
from clinvoker.storage.shelf import Shelf, StoreUnusable
from clinvoker.storage.sqlite_shelf import SqliteShelf, WayBack
from clinvoker.storage.store import Store
from clinvoker.storage.threads import ThreadWorker

UNKNOWN = (
    "session.store: {address!r} is none of memory:, sqlite:PATH and an absolute path; where it is empty the "
    "store is $CLINVK_HOME/state.db"
)


def open_store(
    address: str,
    keeping: Keeping,
    *,
    owner: str,
    way_back: WayBack,
    now: Callable[[], float],
    day: Callable[[float], str],
) -> Store:
    """
    The store at an address: `memory:`, `sqlite:PATH` or an absolute path.  It touches nothing before its
    `open` is called.  `owner` and `way_back` are as `SqliteShelf` has them, `now` and `day` as `Store`.

    Raises `StoreUnusable` where the address means nothing.
    """
    return Store(_shelf(address, owner, way_back), keeping, now, day)


def _shelf(address: str, owner: str, way_back: WayBack) -> Shelf:
    if address == "memory:":
        return MemoryShelf()
    path = Path(address.removeprefix("sqlite:"))
    if not path.is_absolute():
        raise StoreUnusable(UNKNOWN.format(address=address))
    return SqliteShelf(path, owner, ThreadWorker("clinvoker-store"), way_back)
