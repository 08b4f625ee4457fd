"""`clinvk mcp` over HTTP: what comes in at `/mcp` goes to the daemon's, and its answer back."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IReactorTCP
from twisted.web.http import Request as HTTPRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from clinvoker.client.connection import Connection, Interrupted
from clinvoker.client.exits import GENERAL, CommandFailed
from clinvoker.client.mcp_bridge import PATH
from clinvoker.client.work import Work
from clinvoker.dialects.mcp_messages import FAILED, failed, written

# Bytes of a body: a daemon takes no more in one request.
LARGEST = 64 * 1024 * 1024

# What is handed on.  Whoever asks sends his own key: that of this command opens nothing for others.
ASKED = (
    *("accept", "content-type", "authorization", "x-api-key", "origin", "sec-fetch-site"),
    *("mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name"),
    *("access-control-request-method", "access-control-request-headers"),
)
TOLD = (
    *("content-type", "mcp-session-id", "allow", "www-authenticate", "cache-control", "retry-after"),
    *("x-accel-buffering", "vary"),
)
ALSO_TOLD = "access-control-"


async def serve_http(work: Work, host: str, port: int) -> None:
    """Listen until a signal comes."""
    site = Bridged(work.api, host, work.clock)
    try:
        listening: IListeningPort = IReactorTCP(work.clock).listenTCP(port, cast(Any, site), interface=host)
    except CannotListenError as error:
        reason = error.socketError
        raise CommandFailed(f"--port: nothing can listen at {host}:{port}: {reason}.", GENERAL) from None
    where = cast(Any, listening.getHost())
    shown = f"[{where.host}]" if ":" in where.host else where.host
    work.tell(f"MCP clients find this at http://{shown}:{where.port}{PATH}.  Ctrl-C ends it.")
    try:
        await Deferred()  # which a signal cancels
    finally:
        await maybeDeferred(listening.stopListening)


class Bridged(Site):
    """A site that hands on what comes to `/mcp`.  It keeps no log."""

    noisy = False

    def __init__(self, api: Connection, host: str, reactor: Any) -> None:
        super().__init__(_Everything(api, host), _Request, reactor=reactor, parsePOSTFormSubmission=False)

    def startFactory(self) -> None:
        pass

    def log(self, request: HTTPRequest) -> None:
        pass


class _Request(Request):
    """Its body is bounded and in memory: the rest of a longer one is read and thrown away."""

    content: BytesIO
    size = 0

    def gotLength(self, length: int | None) -> None:
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= LARGEST:
            self.content.write(data)


class _Everything(Resource):
    isLeaf = True

    def __init__(self, api: Connection, host: str) -> None:
        super().__init__()
        self._api = api
        self._host = host

    def render(self, request: Request) -> Any:
        asked = cast(_Request, request)
        if not is_ours(asked.getHeader(b"host") or b"", self._host):
            return _refused(asked, HTTPStatus.FORBIDDEN, "This host name is not served here.")
        if (asked.path or b"").rstrip(b"/") != PATH.encode():
            return _refused(asked, HTTPStatus.NOT_FOUND, f"Only {PATH} is here.")
        if asked.size > LARGEST:
            said = f"The body is longer than {LARGEST} bytes."
            return _refused(asked, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
        carried = Deferred.fromCoroutine(self._carried(asked))
        asked.notifyFinish().addErrback(lambda _: carried.cancel())
        carried.addErrback(lambda reason: reason.trap(CancelledError, Interrupted))
        return NOT_DONE_YET

    async def _carried(self, request: _Request) -> None:
        body = request.content.getvalue() or None
        try:
            response = await self._api.passed(request.method.decode("ascii"), PATH, _asked(request), body)
            request.setResponseCode(response.code)
            for name, value in response.headers.items():
                if name in TOLD or name.startswith(ALSO_TOLD):
                    request.setHeader(name.encode("latin-1"), value.encode("latin-1"))
            await self._api.read(response, request.write)
        except CommandFailed as error:
            if request.channel is None:
                return  # the client has gone, which is why
            if request.startedWriting:
                request.loseConnection()  # so that nobody takes what came for the whole
                return
            request.write(_refused(request, HTTPStatus.BAD_GATEWAY, error.message))
        request.finish()


def is_ours(host: bytes, listening: str) -> bool:
    """
    Whether a `Host` header names this machine: by loopback, or by the address that is listened at.  Else a
    web page could reach this by a name of its own.
    """
    if not host:
        return True  # no browser leaves it out
    try:
        name = urlsplit(f"//{host.decode('ascii')}").hostname or ""
        if name == "localhost" or name == listening.lower():
            return True
        return ip_address(name).is_loopback or listening in ("0.0.0.0", "::")
    except ValueError:
        return False


def _asked(request: Request) -> Mapping[str, str]:
    found = {name: request.getHeader(name) for name in ASKED}
    return {name: value for name, value in found.items() if value}


def _refused(request: Request, status: HTTPStatus, said: str) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json")
    return written(failed(None, FAILED, said))
