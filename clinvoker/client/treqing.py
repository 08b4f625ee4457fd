"""Requests by treq, on the reactor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar

from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import (
    Agent,
    HTTPConnectionPool,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IAgentEndpointFactory, IResponse
from zope.interface import implementer

from clinvoker.client.connection import UNTRUSTED, Broken, Connection, Hear, Interrupted, Late, NoAnswer
from clinvoker.client.places import Place

_T = TypeVar("_T")

# In which there are reasons.
_FAILED = (ResponseFailed, RequestTransmissionFailed)
UNREACHABLE = (ConnectError, ConnectionClosed, DNSLookupError, *_FAILED)


class TreqCarrier:
    """Carries by a client of treq's; `url` is what stands before every path."""

    def __init__(self, client: HTTPClient, url: str, clock: IReactorTime) -> None:
        self._client = client
        self._url = url
        self._clock = clock

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, secs: float
    ) -> TreqResponse:
        until = self._clock.seconds() + secs if secs else 0.0
        how: dict[str, Any] = {"headers": dict(headers), "unbuffered": True}
        if body is not None:
            how["data"] = body
        try:
            asked = interruptible(self._client.request(method, self._url + path, **how))
            return TreqResponse(await within(asked, until, self._clock), until, self._clock)
        except UNREACHABLE as error:
            raise NoAnswer(_reason(error)) from None


class TreqResponse:
    """An answer; it is to be read before the moment `until`, if that is not 0."""

    def __init__(self, response: IResponse, until: float, clock: IReactorTime) -> None:
        self.code = response.code
        self.headers: Mapping[str, str] = {
            name.decode("latin-1").lower(): values[-1].decode("latin-1")
            for name, values in response.headers.getAllRawHeaders()
        }
        self._response = response
        self._until = until
        self._clock = clock

    async def read(self, hear: Hear) -> None:
        body = _Body(hear)
        self._response.deliverBody(body)
        try:
            await within(body.ended, self._until, self._clock)
        except CancelledError:
            raise Interrupted from None
        except (ConnectionClosed, ResponseFailed):
            raise Broken from None


def interruptible(asked: Deferred[_T]) -> Deferred[_T]:
    """The same, which fails with `Interrupted` if cancelled: Twisted has another error for each stage."""

    def leave(response: Deferred[_T]) -> None:
        response.errback(Interrupted())
        asked.cancel()

    response: Deferred[_T] = Deferred(leave)
    asked.addBoth(lambda result: None if response.called else response.callback(result))
    return response


def within(waiting: Deferred[Any], until: float, clock: IReactorTime) -> Deferred[Any]:
    """The same, which fails with `Late` at that moment."""

    def late(_: object, secs: float) -> None:
        raise Late

    return waiting.addTimeout(max(until - clock.seconds(), 0), clock, late) if until else waiting


def connected(reactor: Any, place: Place) -> Connection:
    """A connection to a place; nothing is sent yet."""
    pool = HTTPConnectionPool(reactor)
    if place.socket:
        always = _Always(UNIXClientEndpoint(reactor, place.socket))
        agent = Agent.usingEndpointFactory(reactor, always, pool)
    else:
        agent = Agent(reactor, connectTimeout=10, pool=pool)
    return Connection(TreqCarrier(HTTPClient(agent), place.url, reactor), place)


@implementer(IAgentEndpointFactory)
class _Always:
    """One endpoint, whatever the URL."""

    def __init__(self, endpoint: UNIXClientEndpoint) -> None:
        self._endpoint = endpoint

    def endpointForURI(self, uri: object) -> UNIXClientEndpoint:
        return self._endpoint


class _Body(Protocol):
    """Hands on a body; `ended` fires at its end, and being cancelled breaks the connection."""

    def __init__(self, hear: Hear) -> None:
        self.ended: Deferred[None] = Deferred(lambda _: self._stop())
        self._hear = hear

    def dataReceived(self, data: bytes) -> None:
        if self.ended.called:
            return
        try:
            self._hear(data)
        except Exception:
            self._stop()
            self.ended.errback()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.ended.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.ended.callback(None)
        else:
            self.ended.errback(reason)

    def _stop(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def _reason(error: Exception) -> str:
    if isinstance(error, _FAILED) and error.reasons:
        reasons = [reason.value for reason in error.reasons]
        distrust = next(filter(None, map(_distrust, reasons)), "")
        return UNTRUSTED.format(distrust) if distrust else str(reasons[-1])
    number = getattr(error, "osError", None)
    return os.strerror(number) if isinstance(number, int) else str(error)


def _distrust(error: BaseException) -> str:
    """What is wrong with a certificate, if that is the matter; by name, as TLS is not imported for others."""
    name = type(error).__name__
    if name in ("VerificationError", "CertificateError"):
        return "it is for another name"
    if name == "Error" and "certificate verify failed" in str(error):
        return "it is of no authority that this machine trusts, or not valid now"
    return ""
