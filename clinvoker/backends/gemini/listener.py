"""
The place where the program's MCP client asks for the functions of a session: HTTP on loopback.

One for each process that was given functions, on a port of its own.  Nothing answers but paths that
nobody can guess, one for each session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import cast

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IListeningPort, IReactorTCP, IReactorTime
from twisted.web.http import Request as HTTPRequest
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from clinvoker.talk import Record

# Gives the answer to a record that came in at a path, None where none is wanted; raises `KeyError`
# where nobody listens at that path.
Asked = Callable[[str, Record], Record | None]

MAX_BODY = 16 * 1024 * 1024  # arguments of a call are text that a model wrote


class _Request(Request):
    """Its body is bounded and in memory: the rest of a longer one is read and thrown away."""

    content: BytesIO
    size = 0

    def gotLength(self, length: int | None) -> None:
        # Not twisted's temporary file: arguments are not for the disk.
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= MAX_BODY:
            self.content.write(data)


class _Paths(Resource):
    isLeaf = True

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked

    def render(self, request: Request) -> bytes:
        status, body = self._answer(cast("_Request", request))
        request.setResponseCode(status)
        request.setHeader(b"content-type", b"application/json")
        return body

    def _answer(self, request: _Request) -> tuple[int, bytes]:
        if request.size > MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b""
        path = (request.path or b"").decode("latin-1")
        try:
            record = json.loads(request.content.read()) if request.method == b"POST" else {}
            answer = self._asked(path, record if isinstance(record, Mapping) else {})
        except KeyError:
            return HTTPStatus.NOT_FOUND, b""
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST, b""
        if request.method != b"POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, b""  # no stream of events is kept
        if answer is None:
            return HTTPStatus.ACCEPTED, b""
        return HTTPStatus.OK, json.dumps(answer).encode("ascii")


class _Site(Site):
    """Keeps no log: paths are secrets."""

    noisy = False

    def startFactory(self) -> None:
        pass

    def log(self, request: HTTPRequest) -> None:
        pass


class Listener:
    """Listens from the first time its address is asked for until it is closed."""

    def __init__(self, reactor: IReactorTime, asked: Asked) -> None:
        self._reactor = reactor
        self._asked = asked
        self._port: IListeningPort | None = None

    def address(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`.  Raises `CannotListenError`."""
        if self._port is None:
            site = _Site(_Paths(self._asked), _Request, reactor=self._reactor, parsePOSTFormSubmission=False)
            tcp = IReactorTCP(self._reactor)
            self._port = tcp.listenTCP(0, site, interface="127.0.0.1")  # type: ignore[arg-type]
        host = cast("IPv4Address", self._port.getHost())
        return f"http://127.0.0.1:{host.port}"

    def close(self) -> None:
        """Listen no more."""
        if self._port is not None:
            self._port.stopListening()
            self._port = None
