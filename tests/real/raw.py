"""
A client down at the socket, for what no polite client does: to leave, to stall, to lie.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import msgspec

PATH = "/openai/v1/chat/completions"
JSON = {"Content-Type": "application/json"}


class Answer(msgspec.Struct, frozen=True):
    """A whole answer; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The error's code.  Raises where the body is no error."""
        return str(json.loads(self.body)["error"]["code"])


def fetch(
    port: int, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """One request; a `Host` among the headers replaces the right one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
    finally:
        connection.close()


def question(model: str, text: str, **more: Any) -> bytes:
    """The body of a chat request with one user message."""
    return json.dumps({"model": model, "messages": [{"role": "user", "content": text}], **more}).encode()


class Caller:
    """One connection with one chat request under way, from `with` to leaving."""

    def __init__(self, port: int, model: str, text: str, *, receive_buffer: int = 0, **more: Any) -> None:
        self._port = port
        self._body = question(model, text, **more)
        self._receive_buffer = receive_buffer

    def __enter__(self) -> Caller:
        """Connect and ask."""
        self._socket = socket.socket()
        if self._receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        self._socket.settimeout(30)
        self._socket.connect(("127.0.0.1", self._port))
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        self._socket.sendall(f"{head}Content-Length: {len(self._body)}\r\n\r\n".encode() + self._body)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Leave, if that has not happened yet."""
        self.leave()

    def leave(self) -> None:
        """Close the connection."""
        self._socket.close()

    def receive(self) -> bytes:
        """The next bytes; none at the connection's end."""
        return self._socket.recv(65536)

    def read_until(self, words: bytes) -> bytes:
        """Read until the words have come.  Raises `AssertionError` at the end of the answer."""
        got = b""
        while words not in got:
            piece = self._socket.recv(65536)
            assert piece, f"the answer ended: {got[-500:]!r}"
            got += piece
        return got

    def read_to_end(self) -> bytes:
        """Everything until the last chunk or the connection's end."""
        got = b""
        while not got.endswith(b"\r\n0\r\n\r\n"):
            piece = self._socket.recv(65536)
            if not piece:
                break
            got += piece
        return got
