"""
Connections: how many there may be, and how long one may keep the daemon waiting.

Twisted ends a connection on which nothing comes; who sends a byte now and then would stay for ever.
So would who keeps it from closing: by not reading the last answer, by sending on after it, or over TLS by
not closing too.
"""

from __future__ import annotations

from collections import Counter

import attrs
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from clinvoker.errors import TooSlow
from clinvoker.web.addresses import UNIX, is_unix
from clinvoker.web.channel import ApiChannel
from clinvoker.web.journal import Journal
from clinvoker.web.settings import Patience, WebSettings

LOOK_SECS = 1.0
# That a client has for the rest of its last answer, and to stop sending.
CLOSING_SECS = 75.0
# Bytes of a body that are progress.
PROGRESS = 1024


@attrs.define(eq=False)
class _Open:
    channel: ApiChannel
    stage: str = "idle"
    request: object = None
    since: float = 0.0
    arrived: int = 0


class Connections:
    """All that are open."""

    def __init__(self, clock: IReactorTime, settings: WebSettings, journal: Journal) -> None:
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._open: dict[ApiChannel, _Open] = {}
        self._by_address: Counter[str] = Counter()
        self._looking = LoopingCall(self.look)
        self._looking.clock = clock

    @property
    def _patience(self) -> Patience:
        return self._settings.patience

    def may_open(self, address: str) -> bool:
        """Whether there is room for one more from an address; where there is none it is written down."""
        patience = self._patience
        if patience.max_connections and len(self._open) >= patience.max_connections:
            self._journal.turned_away(address, "there are too many (http.max_connections)")
            return False
        most = patience.max_connections_per_address
        if most and self._by_address[address] >= most and not self._is_shared(address):
            self._journal.turned_away(address, "it has too many (http.max_connections_per_address)")
            return False
        return True

    def _is_shared(self, address: str) -> bool:
        """Whether a proxy is behind it that speaks for many, at a UNIX socket."""
        return is_unix(address) and UNIX in self._settings.trusted_proxies

    def opened(self, channel: ApiChannel) -> None:
        """There is one more."""
        self._open[channel] = _Open(channel, since=self._clock.seconds())
        self._by_address[channel.address] += 1
        if not self._looking.running:
            self._looking.start(LOOK_SECS, now=False)

    def closed(self, channel: ApiChannel) -> None:
        """It is gone."""
        if self._open.pop(channel, None) is not None:
            self._by_address[channel.address] -= 1
            if not self._by_address[channel.address]:
                del self._by_address[channel.address]
        if not self._open and self._looking.running:
            self._looking.stop()

    def look(self) -> None:
        """End those that keep the daemon waiting."""
        now = self._clock.seconds()
        for each in list(self._open.values()):
            if not self._is_late(each, now):
                continue
            if each.stage == "closing":
                each.channel.transport.abortConnection()
            else:
                each.channel.refuse(TooSlow(), now - each.since)

    def _is_late(self, each: _Open, now: float) -> bool:
        stage, request = each.channel.stage, each.channel.latest
        arrived = request.arrived if request is not None else 0
        if (stage, request) != (each.stage, each.request) or arrived >= each.arrived + PROGRESS:
            each.stage, each.request, each.since, each.arrived = stage, request, now, arrived
        return 0 < self._waits(stage) <= now - each.since

    def _waits(self, stage: str) -> float:
        if stage == "closing":
            return CLOSING_SECS
        return {"headers": self._patience.header_secs, "body": self._patience.body_secs}.get(stage, 0.0)
