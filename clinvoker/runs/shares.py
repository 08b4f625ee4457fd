"""
Whose turn it is to get a process, among admitted requests: of who has fewest runs under way, the oldest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from clinvoker.runs.waiting import Kind, Wanted


class Shares:
    """Counts the runs under way."""

    def __init__(self) -> None:
        self._runs: Counter[Kind] = Counter()  # only of kinds that have some

    def begun(self, kind: Kind) -> None:
        """There is one more."""
        self._runs[kind] += 1

    def over(self, kind: Kind) -> None:
        """There is one less."""
        self._runs[kind] -= 1
        self._runs += Counter()

    def next(self, waiting: Iterable[Wanted], less: Collection[Kind]) -> Wanted | None:
        """Who is next, of all kinds but these; `waiting` is in the order they came."""
        able = [wanted for wanted in waiting if wanted.kind not in less]
        return min(able, key=lambda wanted: self._of(wanted.principal), default=None)

    def owe(self, rich: Wanted, poor: Wanted) -> bool:
        """
        Whether the process that one could use should rather end for one that is before it and finds no room.
        Not between equals: processes would end all the time.
        """
        return not self._runs[poor.kind] or self._of(poor.principal) < self._of(rich.principal)

    def _of(self, principal: str) -> int:
        return sum(number for (_, whose), number in self._runs.items() if whose == principal)
