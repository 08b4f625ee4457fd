"""Stop sequences: found across the borders of chunks, nothing held back that cannot begin one."""

from __future__ import annotations

from collections.abc import Sequence


class StopSequences:
    """
    Lets text through up to the first of `stops` (not empty) that is complete, which is not let through.

    Of several that end at one place the longest counts.  One that begins earlier but would end later
    does not: to wait for it would depend on how the text is cut.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.found = ""  # the sequence that ended the answer

    def feed(self, text: str) -> str:
        """Take a piece; give what may go out now.  After `found` nothing more does."""
        if self.found:
            return ""
        text = self._held + text
        places = [(place + len(stop), place, stop) for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            _, place, self.found = min(places)
            self._held = ""
            return text[:place]
        keep = max(map(len, map(self._beginning, [text] * len(self._stops), self._stops)), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """What was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return held

    @staticmethod
    def _beginning(text: str, stop: str) -> str:
        """The longest end of `text` with which `stop` begins."""
        for length in range(min(len(stop) - 1, len(text)), 0, -1):
            if text.endswith(stop[:length]):
                return stop[:length]
        return ""
