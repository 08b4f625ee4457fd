"""
The load: many clients in one process, on plain sockets, so that they cost little themselves.

Each word of an answer is the time at which the program wrote it (`c/program.c`, and the demonstration
program by `stamp=1`); what has passed when the client reads it is the latency of that piece.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator

from tests.real.raw import PATH, question

_STAMP = re.compile(rb"(1\d{9}\.\d{6}) ")
_END = b"\r\n0\r\n\r\n"  # of a chunked answer
_DONE = b"data: [DONE]"
_TAIL = 64  # bytes in which both are, at the end of a whole answer
_PATIENCE = 30.0  # seconds without a byte on any connection


def posted(body: bytes, path: str = PATH) -> bytes:
    """A whole POST of JSON."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def got(path: str) -> bytes:
    """A whole GET."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def asking(model: str, **orders: int) -> bytes:
    """A request for a streamed answer with these orders to the program."""
    words = " ".join(f"{name}={value}" for name, value in orders.items())
    return posted(question(model, f"demo: {words} stamp=1", stream=True))


def latencies(data: bytes, now: float) -> Iterator[float]:
    """Seconds from the writing of each word to now."""
    for stamp in _STAMP.findall(data):
        yield now - float(stamp)


class Streams:
    """
    So many answers at once, begun one after another within `spread` seconds, so that their words fall
    evenly into the pauses, as those of unrelated clients do.

    What is measured is the time in which all of them flow: from the first word of the last to the
    end of the first.  `edge` is called at both ends of it.
    """

    def __init__(self, port: int, request: bytes, count: int, spread: float = 1.0) -> None:
        self.latencies: list[float] = []  # in that time, in seconds
        self.complete = 0  # answers that came to their proper end
        self._port = port
        self._request = request
        self._count = count
        self._interval = spread / count
        self._silent: set[_Client] = set()
        self._flowing = False
        self._over = False

    def run(self, edge: Callable[[], object]) -> None:
        """Have all the answers.  Raises `TimeoutError` if nothing comes for long."""
        selector = selectors.DefaultSelector()
        due = [time.monotonic() + number * self._interval for number in range(self._count)]
        while due or selector.get_map():
            if due and due[0] <= time.monotonic():
                due.pop(0)
                self._begin(selector)
            wait = max(0.0, due[0] - time.monotonic()) if due else _PATIENCE
            ready = selector.select(wait)
            if not ready and not due:
                raise TimeoutError(f"nothing for {_PATIENCE} s; {self.complete} answers complete")
            for key, _ in ready:
                self._read(key.data, selector, edge, last=not due)

    def _begin(self, selector: selectors.BaseSelector) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.sendall(self._request)
        client = _Client(connection)
        self._silent.add(client)
        selector.register(connection, selectors.EVENT_READ, client)

    def _read(
        self, client: _Client, selector: selectors.BaseSelector, edge: Callable[[], object], last: bool
    ) -> None:
        data = client.connection.recv(65536)
        found = list(latencies(data, time.time()))
        client.data = client.data[-_TAIL:] + data
        if self._flowing and not self._over:
            self.latencies += found
        elif found and client in self._silent:
            self._silent.discard(client)
            if last and not self._silent:
                self._flowing = True
                edge()
        if not data or client.data.endswith(_END):
            if self._flowing and not self._over:
                self._over = True
                edge()
            self.complete += not data or _DONE in client.data
            selector.unregister(client.connection)
            client.connection.close()


class Requests:
    """`clients` connections, each of which asks the same again and again, `count` times in all."""

    def __init__(self, port: int, request: bytes, clients: int, count: int) -> None:
        self.seconds: list[float] = []  # of each request
        self.elapsed = 0.0
        self.failed = 0  # answers of another status than 2xx
        self._port = port
        self._request = request
        self._clients = clients
        self._left = count

    def run(self) -> None:
        """Have all the answers.  Raises `TimeoutError` if nothing comes for long."""
        selector = selectors.DefaultSelector()
        began = time.monotonic()
        for _ in range(min(self._clients, self._left)):
            connection = socket.create_connection(("127.0.0.1", self._port))
            client = _Client(connection)
            selector.register(connection, selectors.EVENT_READ, client)
            self._ask(client)
        while selector.get_map():
            ready = selector.select(_PATIENCE)
            if not ready:
                raise TimeoutError(f"nothing for {_PATIENCE} s; {len(self.seconds)} answers")
            for key, _ in ready:
                self._answered(key.data, selector)
        self.elapsed = time.monotonic() - began

    def _ask(self, client: _Client) -> None:
        self._left -= 1
        client.data, client.asked = b"", time.monotonic()
        client.connection.sendall(self._request)

    def _answered(self, client: _Client, selector: selectors.BaseSelector) -> None:
        data = client.connection.recv(65536)
        client.data += data
        if data and not client.whole():
            return
        self.seconds.append(time.monotonic() - client.asked)
        self.failed += not client.data.startswith(b"HTTP/1.1 2")
        if data and self._left > 0:
            self._ask(client)
        else:
            selector.unregister(client.connection)
            client.connection.close()


class _Client:
    """One connection and the answer that is coming on it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.data = b""
        self.asked = 0.0

    def whole(self) -> bool:
        """Whether the answer has come to its end."""
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found:
            return False
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        return len(body) >= int(length[1]) if length else self.data.endswith(_END)


def stalled(port: int, request: bytes, seconds: float, look: Callable[[], float]) -> float:
    """
    A client that asks and then reads nothing for so long; gives the most of what `look` gave meanwhile,
    which is asked every 0.1 s.
    """
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(request)
        most, until = look(), time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.1)
            most = max(most, look())
        return most
