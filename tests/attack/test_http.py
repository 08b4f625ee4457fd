"""
HTTP as no client should speak it, at a real daemon: it refuses, or closes, and goes on.

Never an answer to a request that was smuggled in, never 500, never growth without bounds.
"""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Iterable
from typing import Any, ClassVar

from tests.real.raw import JSON, PATH, Answer, fetch, question
from tests.real.test_web_pages import DemoTestCase

GOOD = question("demo", "demo: words=1")
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"POST /openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
DOORS: tuple[tuple[str, dict[str, Any]], ...] = (
    (PATH, {"model": "demo", "messages": [{"role": "user", "content": "x"}]}),
    ("/openai/v1/completions", {"model": "demo", "prompt": "x"}),
    ("/openai/v1/responses", {"model": "demo", "input": "x"}),
    (
        "/anthropic/v1/messages",
        {"model": "demo", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]},
    ),
    ("/api/v1/prompt", {"backend": "demo", "prompt": "x"}),
    ("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"}),
)
# Whole requests of which no part may be understood otherwise by us than by a proxy before us.
MALFORMED: tuple[bytes, ...] = (
    b"\x00\x01\x02\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /health\r\n\r\n",
    b"GET  /health HTTP/1.1\r\n\r\n",
    b"GET /health HTTP/9.9\r\n\r\n",
    b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n",
    b"GET /health HTTP/1.1\r\nX-A: a\x00b\r\n\r\n",
    b"GET /health HTTP/1.1\r\n: empty\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 100 + b"\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET /health HTTP/1.1\r\n" + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /health HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(100_000)) + b"\r\n",
    HEAD + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    HEAD + b"Content-Length: +5\r\n\r\n{}   " + SMUGGLED,
    HEAD + b"Content-Length: 0x5\r\n\r\n{}   " + SMUGGLED,
    HEAD + b"Content-Length: 5, 5\r\n\r\n{}   " + SMUGGLED,
    HEAD + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\n{}   " + SMUGGLED,
    HEAD + b"Content-Length: 99999999999999999999999999\r\n\r\n" + SMUGGLED,
    HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n2_\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 100 + b"\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" + SMUGGLED,
)


class HttpTests(DemoTestCase):
    settings: ClassVar[dict[str, Any]] = {
        "http": {
            "header_secs": 2,
            "body_secs": 2,
            "max_connections_per_address": 0,
            "max_connections": 20_000,
        },
        "server": {"max_body_bytes": 1_000_000},
    }

    def exchange(self, data: bytes, secs: float = 10.0) -> bytes:
        """All that comes back until the connection is closed, or a moment after the last of it."""
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=secs) as connection:
            got = b""
            try:
                connection.sendall(data)
                connection.settimeout(0.5)
                while piece := connection.recv(65536):
                    got += piece
            except OSError:
                pass
            return got

    def assert_well(self) -> None:
        """It answers still, and has not met a bug."""
        self.assertEqual(200, fetch(self.daemon.port, "POST", PATH, JSON, GOOD).status)
        self.assertNotIn("a bug was met", self.daemon.log())
        self.assertNotIn("Unhandled", self.daemon.log())

    def statuses(self, got: bytes) -> list[int]:
        return [int(part.split(b" ")[0]) for part in got.split(b"HTTP/1.1 ")[1:]]

    def test_malformed(self) -> None:
        """What is malformed or could be understood in two ways is refused, and nothing behind it is done."""
        for data in MALFORMED:
            statuses = self.statuses(self.exchange(data))
            self.assertLessEqual(len(statuses), 1, data[:200])
            self.assertLessEqual({*statuses}, {400, 413, 414, 415, 431, 501, 505}, data[:200])
        self.assertNotIn("/smuggled", self.daemon.log())
        self.assert_well()

    def test_partial(self) -> None:
        """A request that breaks off anywhere leaves nothing."""
        whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD
        for end in range(0, len(whole), 7):
            with socket.create_connection(("127.0.0.1", self.daemon.port)) as connection:
                connection.sendall(whole[:end])
        self.assert_well()
        self.assertEqual(0, self.daemon.get("/health")[1]["load"]["running"])

    def test_pipelined(self) -> None:
        """Requests in one piece are answered in their order, each by itself."""
        one = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD
        got = self.exchange(
            one * 20 + b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 30
        )
        self.assertEqual([200] * 21, self.statuses(got))

    def test_slow_loris(self) -> None:
        """Two hundred who send a byte now and then are ended, while others are answered as ever."""
        slow = [socket.create_connection(("127.0.0.1", self.daemon.port)) for _ in range(200)]
        ended = 0
        end = time.monotonic() + 8
        while ended < len(slow) and time.monotonic() < end:
            for connection in slow:
                try:
                    connection.sendall(b"G")
                except OSError:
                    continue
            begun = time.monotonic()
            self.assertEqual(200, fetch(self.daemon.port, "GET", "/health").status)
            self.assertLess(time.monotonic() - begun, 1)
            time.sleep(0.3)
            ended = sum(self.is_closed(connection) for connection in slow)
        self.assertEqual(len(slow), ended)
        for connection in slow:
            connection.close()

    def is_closed(self, connection: socket.socket) -> bool:
        connection.setblocking(False)
        try:
            while connection.recv(4096):
                pass
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def test_idle(self) -> None:
        """Thousands of idle connections cost little, and nobody else waits."""
        # This process needs as many descriptors as the daemon, which sees to its own: how many it takes
        # where there are too few is in test_bounds.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        number = min(10_000, hard - 1000)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, number + 1000), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        before = self.daemon.figures()["resident"]
        idle = []
        try:
            for _ in range(number):
                idle.append(socket.create_connection(("127.0.0.1", self.daemon.port)))
            waits = []
            for _ in range(20):
                begun = time.monotonic()
                self.assertEqual(200, fetch(self.daemon.port, "POST", PATH, JSON, GOOD).status)
                waits.append(time.monotonic() - begun)
            grown = self.daemon.figures()["resident"] - before
            self.assertEqual([], [connection for connection in idle if self.is_closed(connection)])
            self.assertLess(sorted(waits)[10], 0.5)
            self.assertLess(grown, 25 * number, "kB: 25 for each connection")
            print(
                f"{number} idle connections: {grown / number:.1f} kB each, median {sorted(waits)[10]:.3f} s"
            )
        finally:
            for connection in idle:
                connection.close()
        self.assert_well()

    def test_bodies(self) -> None:
        """Of a body of a hundred megabytes nothing is kept; one that is broken off leaves nothing."""
        before = self.daemon.figures()["resident"]
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        big = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 1600 + b"0\r\n\r\n"
        self.assertEqual([413], self.statuses(self.exchange(big, 60)))
        length = HEAD + b"Content-Length: 104857600\r\n\r\n" + b" " * 3_000_000
        self.exchange(length)
        self.assertLess(self.daemon.figures()["resident"] - before, 30_000)
        self.assert_well()

    def odd(self, asked: dict[str, Any]) -> Iterable[bytes]:
        """Bodies that are no JSON, or such as nobody writes."""
        whole = json.dumps(asked).encode()
        yield whole[:-1]
        yield whole[:-1] + b',"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
        yield b"[" * 100_000
        yield whole[:-1] + b',"max_tokens":1e400}'
        yield whole[:-1] + b',"temperature":' + b"9" * 5000 + b"}"
        yield whole[:-1] + b',"seed":-' + b"9" * 400 + b"}"
        yield whole.replace(b'"x"', b'"\xff\xfe"')
        yield whole.replace(b'"x"', b'"a\\u0000b"')
        yield whole.replace(b'"x"', b'"\\ud800"')
        yield whole.replace(b"demo", b"\\ud800")
        yield b'{"model":"a",' + whole[1:]
        yield b"\xef\xbb\xbf" + whole
        yield whole.decode().encode("utf-16")
        yield b"NaN"
        yield b"null"
        yield b""
        yield b"[" + b",".join([whole] * 50) + b"]"

    def test_json(self) -> None:
        """At each door: an answer or an error of the caller's, never one of ours."""
        for path, asked in DOORS:
            headers = {**JSON, "Accept": "application/json, text/event-stream"}
            for body in self.odd(asked):
                answer: Answer = fetch(self.daemon.port, "POST", path, headers, body)
                self.assertTrue(answer.status == 200 or 400 <= answer.status < 500, (path, body[:99], answer))
        self.assert_well()
