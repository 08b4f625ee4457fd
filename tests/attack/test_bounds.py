"""
Who sends what is not wanted, at a real daemon: he reads why, and takes no more than he may.
"""

from __future__ import annotations

import http.client
import resource
import select
import socket
from pathlib import Path
from typing import Any, ClassVar

from openai import APIStatusError
from twisted.trial.unittest import SynchronousTestCase

from tests.real.children import wait_for
from tests.real.daemon import Daemon
from tests.real.raw import JSON, PATH, fetch, question
from tests.real.test_web_pages import DemoTestCase

KEY = "key-of-more-than-sixteen-letters"
GOOD = {**JSON, "Authorization": f"Bearer {KEY}"}
MEGABYTE = 1_000_000


def head(*lines: str, key: str = KEY) -> bytes:
    common = (f"POST {PATH} HTTP/1.1", "Host: localhost", "Content-Type: application/json")
    return "\r\n".join((*common, f"Authorization: Bearer {key}", *lines, "", "")).encode()


def chunk(size: int) -> bytes:
    return b"%x\r\n%b\r\n" % (size, b" " * size)


class BoundsTests(DemoTestCase):
    settings: ClassVar[dict[str, Any]] = {
        "server": {"max_body_bytes": 8 * MEGABYTE},
        "http": {"max_bodies_bytes": 16 * MEGABYTE, "max_connections_per_address": 0},
    }
    environment: ClassVar[dict[str, str]] = {"CLINVK_API_KEYS": f"{KEY},{KEY}-2"}

    def connect(self, data: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.daemon.port), timeout=30)
        self.addCleanup(connection.close)
        connection.sendall(data)
        return connection

    def status(self, connection: socket.socket) -> int:
        """Of the answer, which must end with the connection."""
        got = b""
        while piece := connection.recv(65536):
            got += piece
        return int(got.split(b" ")[1])

    def resident(self) -> int:
        return self.daemon.figures()["resident"]

    def assert_well(self) -> None:
        answer = fetch(self.daemon.port, "POST", PATH, GOOD, question("demo", "demo: words=1"))
        self.assertEqual(200, answer.status)
        self.assertNotIn("a bug was met", self.daemon.log())
        self.assertNotIn("Unhandled", self.daemon.log())
        self.assertNotIn("Traceback", self.daemon.log())

    def test_before_the_body(self) -> None:
        """The headers are answered, with nothing after them."""
        for status, data in (
            (401, head("Transfer-Encoding: chunked", key="wrong")),
            (401, head("Content-Length: 5", "Expect: 100-continue", key="wrong")),
            (413, head("Content-Length: 9000000")),
            (413, head("Content-Length: 9000000", "Expect: 100-continue")),
            (417, head("Content-Length: 5", "Expect: 200-ok")),
            (400, head("Host: localhost", "Content-Length: 5") + b"{}   "),
            (414, b"GET /" + b"a" * 20_000),
            (431, head(f"X-A: {'a' * 20_000}")),
            (501, head("Transfer-Encoding: gzip")),
        ):
            self.assertEqual(status, self.status(self.connect(data)), data[:200])
        self.assert_well()

    def test_sends_all_first(self) -> None:
        """Who reads nothing before he has sent everything reads why he is refused, and sees no reset."""
        for headers, size, status in (
            ({**JSON, "Authorization": "Bearer wrong"}, 30 * MEGABYTE, 401),
            (GOOD, 30 * MEGABYTE, 413),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=30)
            self.addCleanup(connection.close)
            connection.request("POST", PATH, b" " * size, headers)
            self.assertEqual(status, connection.getresponse().status)
        self.assert_well()

    def test_official_client(self) -> None:
        """The official client is told so too, of a prompt of ten megabytes."""
        messages: Any = [{"role": "user", "content": "x" * 10 * MEGABYTE}]
        for key, expected in (("wrong", 401), (KEY, 413)):
            with self.daemon.client(api_key=key) as client:
                error = self.assertRaises(
                    APIStatusError, client.chat.completions.create, model="demo", messages=messages
                )
            self.assertEqual(expected, error.status_code)

    def test_never_stops(self) -> None:
        """Who goes on for ever is cut off after a gigabyte, and nothing of it was kept."""
        before, sent, data = self.resident(), 0, b" " * MEGABYTE
        connection = self.connect(head("Content-Length: 99999999999", key="wrong"))
        with self.assertRaises(OSError):
            while sent < 3000 * MEGABYTE:
                connection.sendall(data)
                sent += MEGABYTE
        self.assertLess(sent, 1200 * MEGABYTE)
        self.assertLess(self.resident() - before, 10_000)
        self.assert_well()

    def test_bodies_together(self) -> None:
        """A hundred who send four megabytes at once and do not end take no more than the bound."""
        before, senders = self.resident(), []
        for number in range(100):
            key = KEY if number % 2 else f"{KEY}-2"
            senders.append(self.connect(head("Transfer-Encoding: chunked", key=key) + chunk(4 * MEGABYTE)))
        self.assertEqual(200, fetch(self.daemon.port, "GET", "/health").status)
        self.assertLess(self.resident() - before, 40_000)
        refused, _, _ = select.select(senders, [], [], 0)
        self.assertGreaterEqual(len(refused), 96)
        self.assertLessEqual({self.status(connection) for connection in refused}, {429, 503})
        for connection in senders:
            connection.close()
        wait_for(self.has_room, 10, "there is room again")
        self.assert_well()

    def has_room(self) -> bool:
        asked = head("Content-Length: 8000000", "Expect: 100-continue")
        return self.connect(asked).recv(100).startswith(b"HTTP/1.1 100 ")

    def test_flood(self) -> None:
        """Two thousand who speak no HTTP have a few lines in the log."""
        before, descriptors = len(self.daemon.log()), self.daemon.figures()["descriptors"]
        for _ in range(2000):
            connection = self.connect(b"rubbish\r\n\r\n")
            self.assertEqual(400, self.status(connection))
            connection.close()
        self.assertLess(len(self.daemon.log()) - before, 5000)
        wait_for(lambda: self.daemon.figures()["descriptors"] <= descriptors, 10, "all are closed")
        self.assert_well()


class Narrow(Daemon):
    """It may have 400 files open, if it asks."""

    def _arguments(self) -> list[str]:
        return ["prlimit", "--nofile=300:400", *super()._arguments()]


class DescriptorTests(SynchronousTestCase):
    def setUp(self) -> None:
        others = {name: {"enabled": False} for name in ("claude", "codex", "gemini")}
        self.daemon = Narrow({"backends": {**others, "demo": {"enabled": True}}})
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)

    def limit(self, pid: int) -> tuple[int, int]:
        return resource.prlimit(pid, resource.RLIMIT_NOFILE)

    def test_shortage(self) -> None:
        """So many connections are taken that programs have theirs, which begin with what was usual before."""
        self.assertEqual((400, 400), self.limit(self.daemon.process.pid))
        self.assertIn("room for 100 besides programs", self.daemon.log())
        first = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=30)
        first.request("GET", "/health")
        first.getresponse().read()
        strangers = [socket.create_connection(("127.0.0.1", self.daemon.port)) for _ in range(600)]
        for _ in range(10):
            first.request("POST", PATH, question("demo", "demo: words=1"), JSON)
            answer = first.getresponse()
            self.assertEqual((200, True), (answer.status, bool(answer.read())))
        self.assertLess(self.daemon.figures()["descriptors"], 250)
        programs = [pid for pid in self.daemon.children() if b"demo" in cmdline(pid)]
        self.assertEqual({(300, 400)}, {self.limit(pid) for pid in programs})
        for connection in (first, *strangers):
            connection.close()
        self.assertNotIn("EMFILE", self.daemon.log())
        self.assertLess(len(self.daemon.log().splitlines()), 60)


def cmdline(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
