"""
Room for processes that are needed: idle ones end, then conversations are given up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from clinvoker.runs.living import Live, Living
from clinvoker.runs.waiting import Wanted


class Room:
    """
    `retire` has an idle process end; `spare` is told when room is needed that only conversations take, with
    the name of the backend or the empty string for any, and says whether one is being given up.
    """

    def __init__(self, living: Living, retire: Callable[[Live], None], spare: Callable[[str], bool]) -> None:
        self.sparing = 0  # conversations that are being given up for room
        self._living = living
        self._retire = retire
        self._spare = spare

    def make(self, stuck: Sequence[Wanted]) -> None:
        """For each of these a process ends, unless one is ending already."""
        leaving = Counter(live.backend for live in self._living if live.leaving)
        leaving[""] = leaving.total()
        asked_for: Counter[str] = Counter()
        for wanted in stuck:
            scope = "" if self._living.crowded else wanted.backend.name
            asked_for[scope] += 1
            if asked_for[scope] <= leaving[scope] + self.sparing:
                continue
            idle = [live for live in self._living.idle() if scope in ("", live.backend)]
            if idle:
                leaving[scope] += 1
                self._retire(idle[0])
            else:
                self._give_up_one(scope)

    def given_up(self) -> None:
        """A program has done with a conversation that was given up."""
        self.sparing = max(self.sparing - 1, 0)

    def _give_up_one(self, scope: str) -> None:
        self.sparing += 1  # before it is told, which may be at once
        if not self._spare(scope):
            self.sparing -= 1
