"""
The bodies that are arriving, all together: each is bounded, and so is their sum.
"""

from __future__ import annotations

from collections import Counter

from twisted.internet.interfaces import IReactorTime

from clinvoker.errors import BodyTooLarge, Busy, ShareFull, TooSlow
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings

# Seconds after which there may be room again.
AGAIN_SECS = 2.0
# Bytes a second: slower ones make room for others where there is none, once they have had their time.
SLOWEST = 16 * 1024
GRACE_SECS = 10.0


class Bodies:
    """
    Counts bytes that are kept of bodies which have not come to their end, by who sends them.

    Nobody has more than half of the room, or than one body of the largest size; and where there is no room,
    those that come slowly end: they would else keep out all others.
    """

    def __init__(self, settings: WebSettings, clock: IReactorTime) -> None:
        self._settings = settings
        self._clock = clock
        self._kept = 0
        self._since: dict[ApiRequest, float] = {}
        self._looked = 0.0
        self._by_sender: Counter[str] = Counter()

    def check(self, request: ApiRequest, length: int, count: int) -> None:
        """
        Raises `BodyTooLarge` where its body has such a length, `Busy` where there is no room for so many
        bytes more.
        """
        largest, together = self._settings.max_body_bytes, self._settings.patience.max_bodies_bytes
        if largest and length > largest:
            raise BodyTooLarge(largest)
        if not together:
            return
        if length > together:
            raise BodyTooLarge(together, "http.max_bodies_bytes")
        if self._kept + count > together:
            self._end_slow(request)
        if self._kept + count > together:
            raise Busy("Too many bodies arrive at once (http.max_bodies_bytes); try again.", AGAIN_SECS)
        held = self._by_sender.get(request.sender, 0)
        if held and held + count > max(together // 2, largest or together):
            raise ShareFull(
                "You send more bodies at once than your share (half of http.max_bodies_bytes).", AGAIN_SECS
            )

    def add(self, request: ApiRequest, count: int) -> None:
        """So many bytes more of its body are kept."""
        self._since.setdefault(request, self._clock.seconds())
        self._kept += count
        self._by_sender[request.sender] += count
        request.held += count

    def remove(self, request: ApiRequest) -> None:
        """Nothing of its body is, as something that arrives."""
        del self._since[request]
        self._kept -= request.held
        self._by_sender[request.sender] -= request.held
        if not self._by_sender[request.sender]:
            del self._by_sender[request.sender]
        request.held = 0

    def _end_slow(self, asking: ApiRequest) -> None:
        """End those that come too slowly, but for one; looked for once a second at most."""
        now = self._clock.seconds()
        if now < self._looked + 1:
            return
        self._looked = now
        for request, since in list(self._since.items()):
            secs = now - since
            if secs > GRACE_SECS and request.held < secs * SLOWEST and request is not asking:
                request.end_early(TooSlow())
