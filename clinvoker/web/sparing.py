"""
Lines of a log that strangers can have written as often as they like: some of them, and how many more.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
from twisted.internet.interfaces import IReactorTime

from clinvoker.web.addresses import home_of

WINDOW_SECS = 60.0
# That are written in a window, of one kind and from one address.
LINES = 5
# Kinds and addresses that are told apart in a window; further ones are one.
MOST = 200
OTHERS = "other addresses"

# Is told of the kind, the address, how many lines were left out, and in how many seconds.
Left = Callable[[str, str, int, float], object]


@attrs.define(eq=False)
class Sparing:
    """Says which lines are to be written.  `left` is told what was not, when the window ends."""

    _clock: IReactorTime
    _left: Left
    _asked: dict[tuple[str, str], int] = attrs.field(factory=dict)

    def may_write(self, kind: str, address: str) -> bool:
        """Whether one more line of a kind is to be written."""
        if not self._asked:
            self._clock.callLater(WINDOW_SECS, self._end)
        key = kind, home_of(address)
        if key not in self._asked and len(self._asked) >= MOST:
            key = kind, OTHERS
        count = self._asked[key] = self._asked.get(key, 0) + 1
        return count <= LINES

    def _end(self) -> None:
        asked, self._asked = self._asked, {}
        for (kind, address), count in asked.items():
            if count > LINES:
                self._left(kind, address, count - LINES, WINDOW_SECS)
