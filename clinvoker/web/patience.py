"""
Connections: how many there may be, and how long one may keep the daemon waiting.

Twisted ends a connection on which nothing comes; who sends a byte now and then would stay for ever.
So would who keeps it from closing: by not reading the last answer, or over TLS by not closing too.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from clinvoker.errors import Malformed, TooSlow
from clinvoker.web.addresses import UNIX
from clinvoker.web.refusals import Refusals
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import Patience, WebSettings

LOOK_SECS = 2.0
# That a client has for the rest of its last answer; as long as Twisted waits where it closes by `idle_secs`.
CLOSING_SECS = 75.0
# Bytes of a body that are progress.
PROGRESS = 1024


@attrs.define(eq=False)
class _Open:
    protocol: Any
    address: str
    stage: str = "idle"
    request: object = None
    since: float = 0.0
    arrived: int = 0


class Connections:
    """All that are open."""

    def __init__(self, clock: IReactorTime, settings: WebSettings, refusals: Refusals) -> None:
        self._refusals = refusals
        self._clock = clock
        self._settings = settings
        self._open: dict[object, _Open] = {}
        self._by_address: Counter[str] = Counter()
        self._looking = LoopingCall(self.look)
        self._looking.clock = clock

    @property
    def _patience(self) -> Patience:
        return self._settings.patience

    def may_open(self, address: str) -> bool:
        """Whether there is room for one more from an address."""
        patience = self._patience
        if patience.max_connections and len(self._open) >= patience.max_connections:
            return False
        most = patience.max_connections_per_address
        return not most or address == UNIX or self._by_address[address] < most

    def opened(self, protocol: Any, address: str) -> None:
        """There is one more.  What is malformed there is refused in our way."""
        channel = protocol._channel
        channel._respondToBadRequestAndDisconnect = partial(
            self._refusals.refuse, channel, address, Malformed()
        )
        self._open[protocol] = _Open(protocol, address, since=self._clock.seconds())
        self._by_address[address] += 1
        if not self._looking.running:
            self._looking.start(LOOK_SECS, now=False)

    def closed(self, protocol: object) -> None:
        """It is gone."""
        gone = self._open.pop(protocol, None)
        if gone is not None:
            self._by_address[gone.address] -= 1
            if not self._by_address[gone.address]:
                del self._by_address[gone.address]
        if not self._open and self._looking.running:
            self._looking.stop()

    def look(self) -> None:
        """End those that keep the daemon waiting."""
        now = self._clock.seconds()
        for each in list(self._open.values()):
            if not self._is_late(each, now):
                continue
            channel = each.protocol._channel
            if each.stage == "closing":
                channel.transport.abortConnection()
            else:
                self._refusals.refuse(channel, each.address, TooSlow(), now - each.since)

    def _is_late(self, each: _Open, now: float) -> bool:
        channel = each.protocol._channel
        request = channel.requests[-1] if channel.requests else None
        stage = _stage(channel, request)
        arrived = request.arrived if request is not None else 0
        if (stage, request) != (each.stage, each.request) or arrived >= each.arrived + PROGRESS:
            each.stage, each.request, each.since, each.arrived = stage, request, now, arrived
        return 0 < self._waits(stage) <= now - each.since

    def _waits(self, stage: str) -> float:
        if stage == "closing":
            return CLOSING_SECS
        return {"headers": self._patience.header_secs, "body": self._patience.body_secs}.get(stage, 0.0)


def _stage(channel: Any, request: ApiRequest | None) -> str:
    """What comes next on a connection: nothing, headers, a body, or its end; or an answer goes out."""
    if channel.transport.disconnecting:
        return "closing"
    if request is None:
        return "headers" if getattr(channel, "_buffer", b"") else "idle"
    return request.stage
