"""Where things are kept, as configured: what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator


def complaints_about_store(store: str) -> Iterator[str]:
    """What is wrong with `session.store`."""
    path = store.removeprefix("sqlite:")
    if store not in ("", "memory:") and not path.startswith(("/", "~/")):
        yield f"session.store: {store!r} is none of memory:, sqlite:PATH and an absolute path"
