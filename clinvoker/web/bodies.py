"""
The bodies that are arriving, all together: each is bounded, and so is their sum.
"""

from __future__ import annotations

from collections import Counter

from clinvoker.errors import BodyTooLarge, Busy, ShareFull
from clinvoker.web.settings import WebSettings

# Seconds after which there may be room again.
AGAIN_SECS = 2.0


class Bodies:
    """
    Counts bytes that are kept of bodies which have not come to their end, by who sends them.

    Nobody has more than half of the room, or than one body of the largest size: who sends slowly would
    else keep all others out.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._kept = 0
        self._by_sender: Counter[str] = Counter()

    def check(self, sender: str, length: int, count: int) -> None:
        """
        Raises `BodyTooLarge` where a body has such a length, `Busy` where there is no room for so many bytes
        more.
        """
        largest, together = self._settings.max_body_bytes, self._settings.patience.max_bodies_bytes
        if largest and length > largest:
            raise BodyTooLarge(largest)
        if not together:
            return
        if length > together:
            raise BodyTooLarge(together, "http.max_bodies_bytes")
        if self._kept + count > together:
            raise Busy("Too many bodies arrive at once (http.max_bodies_bytes); try again.", AGAIN_SECS)
        held = self._by_sender.get(sender, 0)
        if held and held + count > max(together // 2, largest or together):
            raise ShareFull(
                "You send more bodies at once than your share (half of http.max_bodies_bytes).", AGAIN_SECS
            )

    def add(self, sender: str, count: int) -> None:
        """So many bytes are kept now."""
        self._kept += count
        self._by_sender[sender] += count

    def remove(self, sender: str, count: int) -> None:
        """So many bytes are kept no longer."""
        self._kept -= count
        self._by_sender[sender] -= count
        if not self._by_sender[sender]:
            del self._by_sender[sender]
