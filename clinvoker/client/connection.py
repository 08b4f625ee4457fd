"""The native API, as commands call it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone, ResponseFailed
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IResponse

from clinvoker.client.exits import API, CommandFailed, of_code
from clinvoker.client.places import Place
from clinvoker.framing import Garbled, Record, RecordReader

if TYPE_CHECKING:
    from treq.client import HTTPClient

# Bytes of an answer that comes whole.
LARGEST = 256 * 1024 * 1024

BROKEN = "The connection to {} broke in the middle of the answer; ask again."
UNREACHABLE = (
    "No daemon answers at {}: {}. Start one by `clinvk serve`, or leave it to this command with --local."
)


class Refused(CommandFailed):
    """The daemon answered with an error; `problem` is all that it said."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        message = str(problem.get("detail") or f"The daemon answered with the status {status}.")
        if self.code == "invalid_api_key":
            message += " Set CLINVK_API_KEY to a key of this daemon's."
        super().__init__(message, of_code(self.code))


class Unreachable(CommandFailed):
    """Nothing that can be talked to is there."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(UNREACHABLE.format(place.name, reason.rstrip(".")), API)


class Connection:
    """Requests to the daemon at one place.  All raise `Unreachable` or `Refused`."""

    def __init__(self, client: HTTPClient, place: Place) -> None:
        self._client = client
        self.place = place

    async def get(self, path: str, **query: object) -> Any:
        """What is there, as JSON; of the query what is empty is left out."""
        asked = {name: value for name, value in query.items() if value}
        return await self._whole("GET", f"{path}?{urlencode(asked)}" if asked else path)

    async def post(self, path: str, body: object = None) -> Any:
        """The answer to a body."""
        return await self._whole("POST", path, body if body is not None else {})

    async def patch(self, path: str, body: object) -> Any:
        """The answer to changes."""
        return await self._whole("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        """What was removed."""
        return await self._whole("DELETE", path)

    async def lines(self, path: str, body: Mapping[str, Any], hear: Callable[[Record], None]) -> None:
        """
        The records of a streamed answer, each when it comes.  An exception of `hear` ends the answer and
        comes through, and being cancelled ends it too: the daemon then gives up what it does.
        """
        response = await self._answered("POST", path, {**body, "stream": True})
        reader = RecordReader()

        def feed(data: bytes) -> None:
            for record in reader.feed(data):
                hear(record)  # type: ignore[arg-type]  # no kind was named

        try:
            await _body(response, feed)
        except Garbled as error:
            raise CommandFailed(f"{self.place.name} does not speak this protocol: {error}.", API) from None
        except (ConnectionClosed, ResponseFailed):
            raise CommandFailed(BROKEN.format(self.place.name), API) from None

    # --- within

    async def _whole(self, method: str, path: str, body: object = None) -> Any:
        response = await self._answered(method, path, body)
        return msgspec.json.decode(await self._content(response))

    async def _answered(self, method: str, path: str, body: object = None) -> IResponse:
        how: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {self.place.key}"} if self.place.key else {}
        }
        if body is not None:
            how["headers"]["Content-Type"] = "application/json"
            how["data"] = msgspec.json.encode(body)
        try:
            response = await self._client.request(method, self.place.url + path, unbuffered=True, **how)
        except (ConnectError, ConnectionClosed, DNSLookupError, ResponseFailed) as error:
            raise Unreachable(self.place, _reason(error)) from None
        if response.code >= 400:
            raise Refused(response.code, _problem(await self._content(response)))
        return response

    async def _content(self, response: IResponse) -> bytes:
        pieces: list[bytes] = []
        room = LARGEST

        def keep(data: bytes) -> None:
            nonlocal room
            room -= len(data)
            if room < 0:
                raise CommandFailed(f"{self.place.name} answered with more than {LARGEST} bytes.", API)
            pieces.append(data)

        try:
            await _body(response, keep)
        except (ConnectionClosed, ResponseFailed):
            raise CommandFailed(BROKEN.format(self.place.name), API) from None
        return b"".join(pieces)


def path_of(*parts: str) -> str:
    """`/api/v1/sessions/ab%2Fc` of its parts."""
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def connected(reactor: Any, place: Place) -> Connection:
    """A connection to a place; nothing is sent yet."""
    from treq.client import HTTPClient
    from twisted.internet.endpoints import UNIXClientEndpoint

    pool = HTTPConnectionPool(reactor)
    if place.socket:
        agent = Agent.usingEndpointFactory(reactor, _Always(UNIXClientEndpoint(reactor, place.socket)), pool)
    else:
        agent = Agent(reactor, connectTimeout=10, pool=pool)
    return Connection(HTTPClient(agent), place)


class _Always:
    """One endpoint, whatever the URL."""

    def __init__(self, endpoint: object) -> None:
        self._endpoint = endpoint

    def endpointForURI(self, uri: object) -> object:
        return self._endpoint


class _Body(Protocol):
    """Hands on a body; `ended` fires at its end, and being cancelled breaks the connection."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
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


def _body(response: IResponse, hear: Callable[[bytes], None]) -> Deferred[None]:
    protocol = _Body(hear)
    response.deliverBody(protocol)
    return protocol.ended


def _problem(body: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    if not isinstance(found, dict):
        return {}
    told = found.get("error")
    # The routes for OpenAI's clients have errors of their own shape.
    return {"detail": told.get("message"), "code": told.get("code")} if isinstance(told, dict) else found


def _reason(error: Exception) -> str:
    if isinstance(error, ResponseFailed) and error.reasons:
        return str(error.reasons[-1].getErrorMessage())
    number = getattr(error, "osError", None)
    return os.strerror(number) if isinstance(number, int) else str(error)
