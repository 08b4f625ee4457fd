"""
Requests that block, for commands that have nothing else to do.

To import a reactor and treq takes more than twice the processor time of everything else that a prompt
needs while a daemon runs.  Commands are coroutines either way: what blocks has its answer at once, so
`at_once` needs nobody to wait.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Coroutine, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, TypeVar
from urllib.parse import urlsplit

from clinvoker.client.connection import Broken, Connection, Hear, Interrupted, Late, NoAnswer
from clinvoker.client.places import Place

CONNECT_SECS = 10.0
PORTION = 64 * 1024

Result = TypeVar("Result")


class BlockingCarrier:
    """Carries over a connection of its own for each request; over TLS it does not look who answers."""

    def __init__(self, place: Place, patience: float = 0.0) -> None:
        self._place = place
        self._patience = patience

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, secs: float
    ) -> BlockingResponse:
        secs = secs or self._patience
        until = time.monotonic() + secs if secs else 0.0
        connection = _Line(self._place, min(secs or CONNECT_SECS, CONNECT_SECS))
        try:
            connection.connect()
            if body is not None:
                headers = {**headers, "Content-Length": str(len(body))}
            connection.request(method, connection.prefix + path, body, {**headers, "Connection": "close"})
            sock = connection.sock  # which the response takes over
            _limit(sock, until)
            return BlockingResponse(sock, connection.getresponse(), until)
        except KeyboardInterrupt:
            connection.close()
            raise Interrupted from None
        except TimeoutError:
            connection.close()
            if until and not self._patience:
                raise Late from None
            raise NoAnswer("it does not answer in time") from None
        except (OSError, HTTPException) as error:
            connection.close()
            raise NoAnswer(getattr(error, "strerror", None) or str(error) or type(error).__name__) from None


class BlockingResponse:
    """An answer; it is to be read before the moment `until`, if that is not 0."""

    def __init__(self, sock: socket.socket, response: HTTPResponse, until: float) -> None:
        self.code = response.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.getheaders()}
        self._socket = sock
        self._response = response
        self._until = until

    async def read(self, hear: Hear) -> None:
        try:
            while data := self._portion():
                hear(data)
        except KeyboardInterrupt:
            raise Interrupted from None
        finally:
            self._response.close()
            self._socket.close()

    def _portion(self) -> bytes:
        _limit(self._socket, self._until)
        try:
            return self._response.read1(PORTION)
        except TimeoutError:
            raise Late from None
        except (OSError, HTTPException):
            raise Broken from None


class _Line(HTTPConnection):
    """A connection to a place, over TCP or a UNIX socket."""

    def __init__(self, place: Place, secs: float) -> None:
        parts = urlsplit(place.url)
        super().__init__(parts.hostname or "", parts.port or (80 if place.plain else 443), timeout=secs)
        self.prefix = parts.path
        self._path = place.socket
        self._tls = None if place.plain else _any_certificate()

    def connect(self) -> None:
        if not self._path:
            super().connect()
            if self._tls is not None:
                self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
        else:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)


def connected(place: Place, patience: float = 0.0) -> Connection:
    """
    A connection to a place; nothing is sent yet.  With `patience` no request takes longer.  Over TLS only to
    ask whether somebody is there: no key is to be sent to whom nobody has looked at.
    """
    assert place.plain or not place.key
    return Connection(BlockingCarrier(place, patience), place)


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def distrusted(place: Place, secs: float) -> str:
    """Why the certificate that is shown at a place with TLS is not trusted; empty where it is."""
    parts = urlsplit(place.url)
    name = parts.hostname or ""
    try:
        with socket.create_connection((name, parts.port or 443), secs) as line:
            ssl.create_default_context().wrap_socket(line, server_hostname=name).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except OSError as error:
        return error.strerror or str(error)
    return ""


def at_once(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine gives that waits for nothing but what blocks."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    coroutine.close()
    raise RuntimeError("it waits for something that only a reactor brings")


def _limit(sock: socket.socket, until: float) -> None:
    """Have the next read end at that moment; raises `TimeoutError` if it has passed."""
    left = until - time.monotonic() if until else None
    if left is not None and left <= 0:
        raise TimeoutError
    sock.settimeout(left)
