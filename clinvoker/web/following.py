"""
A stream that can be read more than once, and while it grows.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer, IReactorTime
from zope.interface import implementer

from clinvoker.dialects import sse
from clinvoker.dialects.responses_pieces import lost_event
from clinvoker.web.request import ApiRequest

PORTION = 64 * 1024  # of what is written before it is looked whether the client still reads


class StreamLog:
    """
    The events of one stream, in their order.  One that would hold more than `most` bytes forgets all and
    is `lost`: the response itself can still be asked for.
    """

    def __init__(self, most: int) -> None:
        self.events: list[bytes] = []
        self.ended = self.lost = False
        self._room = most
        self._readers: set[Callable[[], None]] = set()

    def add(self, data: bytes) -> None:
        """Take some whole events."""
        if self.lost or not data:
            return
        self._room -= len(data)
        if self._room < 0:
            self.lost, self.events = True, []
        else:
            # No event holds a blank line: JSON has no line breaks.
            self.events += [event + sse.SUFFIX for event in data.split(sse.SUFFIX)[:-1]]
        self._tell()

    def end(self) -> None:
        """There will be no more."""
        self.ended = True
        self._tell()

    def join(self, reader: Callable[[], None]) -> None:
        """Have a reader called whenever there is something new."""
        self._readers.add(reader)

    def leave(self, reader: Callable[[], None]) -> None:
        self._readers.discard(reader)

    def _tell(self) -> None:
        for reader in list(self._readers):
            reader()


@implementer(IPushProducer)
class Following:
    """
    One client reading a log from some event on, at its own pace: what it has not read stays in the log.
    """

    def __init__(
        self, request: ApiRequest, log: StreamLog, place: int, clock: IReactorTime, keepalive_secs: float
    ) -> None:
        self._request = request
        self._log = log
        self._place = place
        self._clock = clock
        self._keepalive_secs = keepalive_secs
        self._paused = False
        self._waiting: Deferred[bool] | None = None

    async def follow(self) -> None:
        """Write all of the stream; being cancelled, which is how the client's leaving shows, ends it."""
        self._request.registerProducer(self, True)
        self._log.join(self._wake)
        try:
            while not self._over():
                if self._paused or not self._write():
                    await self._something_new()
            if self._log.lost:
                self._request.write(lost_event(self._place))
        finally:
            self._log.leave(self._wake)
            if self._request.channel is not None:
                self._request.unregisterProducer()

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        self._wake()

    def stopProducing(self) -> None:
        """The connection is lost; Klein cancels the answer a moment later."""

    def _over(self) -> bool:
        return self._log.lost or (self._log.ended and self._place >= len(self._log.events))

    def _write(self) -> bool:
        """Write a portion, if there is one."""
        events, portion, size = self._log.events, [], 0
        while size < PORTION and self._place < len(events):
            portion.append(events[self._place])
            size += len(events[self._place])
            self._place += 1
        if portion:
            self._request.write(b"".join(portion))
        return bool(portion)

    async def _something_new(self) -> None:
        self._waiting = Deferred()
        late = None
        if self._keepalive_secs:
            late = self._clock.callLater(self._keepalive_secs, self._show_life)
        try:
            await self._waiting
        finally:
            self._waiting = None
            if late is not None and late.active():
                late.cancel()

    def _show_life(self) -> None:
        if not self._paused:
            self._request.write(sse.KEEP_ALIVE)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.called:
            self._waiting.callback(True)
