"""Who is told how runs went."""

from __future__ import annotations

from collections.abc import Callable

from clinvoker.model import Facts


class Watching:
    """Tells all who want to know; runs are made before they are."""

    def __init__(self) -> None:
        self._told: list[Callable[[Facts], None]] = []

    def add(self, told: Callable[[Facts], None]) -> None:
        """One more."""
        self._told.append(told)

    def __call__(self, facts: Facts) -> None:
        for each in self._told:
            each(facts)
