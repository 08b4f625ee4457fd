"""What is answered before the request has come to its end, and what becomes of the connection then."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.tcp import Server
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.web.patience import CLOSING_SECS, LOOK_SECS
from clinvoker.web.request import AWAITED
from clinvoker.web.settings import Patience
from tests.web.wire import ASK, CHAT, House, Reply, Wire

BODY = json.dumps(ASK).encode()
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
KEYS = (("ada", "key-of-ada"), ("eve", "key-of-eve"))


def head(*lines: str, path: str = CHAT, key: str = "key-of-ada") -> bytes:
    common = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    return "\r\n".join([*common, f"Authorization: Bearer {key}", *lines, "", ""]).encode()


def chunk(size: int) -> bytes:
    return b"%x\r\n%b\r\n" % (size, b"x" * size)


class EarlyTestCase(SynchronousTestCase):
    settings: dict[str, Any] = {}

    def setUp(self) -> None:
        self.house = House(keys=KEYS, max_body_bytes=100_000, **self.settings)
        self.wire = self.house.wire()

    def assert_refused(self, status: int, code: str, wire: Wire | None = None) -> Reply:
        """It is answered, and the connection ends."""
        wire = wire or self.wire
        reply = Reply(wire.take())
        self.assertEqual((status, code), (reply.status, reply.code))
        self.assertEqual("close", reply.headers["connection"])
        self.assertTrue(reply.headers["x-request-id"])
        self.assertTrue(wire.transport.disconnecting)
        self.assertEqual([], self.house.runs.runs)
        return reply


class HeadersTests(EarlyTestCase):
    """What the headers alone have refused."""

    def test_key(self) -> None:
        """Without a good key nothing of the body is waited for, whether its length is told or not."""
        for line in (f"Content-Length: {AWAITED + 1}", "Transfer-Encoding: chunked"):
            wire = self.house.wire()
            wire.feed(head(line, key="wrong"))
            self.assert_refused(401, "invalid_api_key", wire)

    def test_with_body(self) -> None:
        """Nor if a part of it comes with them."""
        self.wire.feed(
            head("Transfer-Encoding: chunked", key="wrong") + chunk(10) * 3 + b"0\r\n\r\n" + head()
        )
        self.assert_refused(401, "invalid_api_key")

    def test_page(self) -> None:
        """So with a page that has no business here."""
        self.wire.feed(head("Transfer-Encoding: chunked", "Origin: https://evil.test"))
        self.assert_refused(403, "forbidden")

    def test_length(self) -> None:
        """A body that says itself that it is too large, and is not short."""
        self.wire.feed(head("Content-Length: 100001"))
        reply = self.assert_refused(413, "request_too_large")
        self.assertIn("100000", reply.json["error"]["message"])

    def test_dialect(self) -> None:
        """The answer is that of the door."""
        self.wire.feed(head("Content-Length: 100001", path="/anthropic/v1/messages"))
        reply = Reply(self.wire.take())
        self.assertEqual("request_too_large", reply.json["error"]["type"])
        self.assertEqual(reply.headers["request-id"], reply.json["request_id"])

    def test_rate(self) -> None:
        """Who asks too often need not send it either, and each request is counted once."""
        house = House(rate_limit_rps=0.5, rate_limit_burst=3)
        for _ in range(3):
            self.assertEqual(400, house.wire().posted(b"{}").status)
        wire = house.wire()
        wire.feed(head("Transfer-Encoding: chunked"))
        self.assert_refused(429, "rate_limit_exceeded", wire)

    def test_short(self) -> None:
        """A short one is here already, or soon: it is read, kept nowhere, and the connection lives on."""
        self.wire.feed(head(f"Content-Length: {AWAITED}", key="wrong") + b"x" * (AWAITED - 1))
        self.assertEqual(b"", self.wire.take())
        [request] = self.wire.channel.requests
        self.assertEqual(b"", request.content.getvalue())
        self.wire.feed(b"x")
        self.assertEqual(401, Reply(self.wire.take()).status)
        self.assertEqual(200, self.wire.get("/health").status)

    def test_open(self) -> None:
        """Where no key is needed none is asked for."""
        self.wire.feed(head("Transfer-Encoding: chunked", path="/health", key="wrong") + b"0\r\n\r\n")
        self.assertEqual((405, "GET, HEAD, OPTIONS"), self.allowed(Reply(self.wire.take())))

    def allowed(self, reply: Reply) -> tuple[int, str]:
        return reply.status, reply.headers["allow"]


class ExpectTests(EarlyTestCase):
    """Who asks before he sends is told at once."""

    def test_good(self) -> None:
        """He is asked for the body, however he spells it."""
        for spelled in ("100-continue", "100-Continue"):
            wire = self.house.wire()
            wire.feed(head(f"Content-Length: {len(BODY)}", f"Expect: {spelled}"))
            self.assertEqual(CONTINUE, wire.take())

    def test_key(self) -> None:
        """Not with a wrong key, however short it is."""
        self.wire.feed(head("Content-Length: 5", "Expect: 100-continue", key="wrong"))
        self.assert_refused(401, "invalid_api_key")

    def test_length(self) -> None:
        """Nor for one that is too large."""
        self.wire.feed(head("Content-Length: 100001", "Expect: 100-continue"))
        self.assert_refused(413, "request_too_large")

    def test_unknown(self) -> None:
        """What else is expected is not given, with a body or without."""
        for lines in (("Content-Length: 5", "Expect: 200-ok"), ("Expect: x",), ("Expect: 100-continue, x",)):
            wire = self.house.wire()
            wire.feed(head("Connection: close", *lines))
            self.assert_refused(417, "expectation_failed", wire)

    def test_old_protocol(self) -> None:
        """HTTP/1.0 knows no expectations."""
        self.wire.feed(b"GET /health HTTP/1.0\r\nExpect: x\r\n\r\n")
        self.assertEqual(200, Reply(self.wire.take()).status)


class BodyTests(EarlyTestCase):
    """What is found out while a body comes."""

    def test_too_long(self) -> None:
        """W10: one in chunks is answered as soon as it is too much, though it goes on."""
        self.wire.feed(head("Transfer-Encoding: chunked") + chunk(50_000))
        self.assertEqual(b"", self.wire.take())
        self.wire.feed(chunk(50_001) * 3)
        self.assert_refused(413, "request_too_large")
        self.wire.feed(chunk(50_000) + b"0\r\n\r\n" + head())
        self.assertEqual(b"", self.wire.take())

    def test_malformed_after(self) -> None:
        """What comes after the answer is not looked at."""
        self.wire.feed(head("Transfer-Encoding: chunked") + chunk(100_001) + b"no chunk\r\n")
        self.assert_refused(413, "request_too_large")
        self.wire.feed(b"nor this")
        self.assertEqual(b"", self.wire.take())


class PartingTests(EarlyTestCase):
    """Who sends on after his answer, so that he does not see a reset instead: for a while."""

    settings = {"max_discarded_bytes": 5000, "patience": Patience(header_secs=10, body_secs=20)}

    def refused(self) -> None:
        self.wire.feed(head("Transfer-Encoding: chunked", key="wrong"))
        self.assert_refused(401, "invalid_api_key")

    def test_bytes(self) -> None:
        """So many bytes."""
        self.refused()
        self.wire.feed(b"x" * 5000)
        self.assertFalse(self.wire.transport.disconnected)
        self.wire.feed(b"x")
        self.assertTrue(self.wire.transport.disconnected)

    def test_time(self) -> None:
        """And so long, whatever he sends."""
        self.refused()
        for _ in range(int(CLOSING_SECS + 2 * LOOK_SECS)):
            self.assertFalse(self.wire.transport.disconnected)
            self.house.clock.advance(1)
            self.wire.feed(b"x")
            if self.wire.transport.disconnected:
                break
        self.assertTrue(self.wire.transport.disconnected)

    def test_malformed(self) -> None:
        """What was refused as malformed ends in the same way."""
        self.wire.feed(b"rubbish\r\n\r\n")
        self.assertEqual(400, Reply(self.wire.take()).status)
        self.wire.feed(b"x" * 5001)
        self.assertTrue(self.wire.transport.disconnected)

    def test_half(self) -> None:
        """Of a socket only the way out is closed: what he sends is read, so that nothing is reset."""
        transport = HalfTransport()
        self.wire.channel.transport = transport
        self.wire.feed(head("Transfer-Encoding: chunked", key="wrong"))
        self.assertEqual((True, False), (transport.half, transport.disconnecting))
        self.assertEqual(401, Reply(b"".join(transport.written)).status)


class HalfTransport(Server):
    """A socket that is none."""

    def __init__(self) -> None:
        self.half = False
        self.written: list[bytes] = []

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "127.0.0.1", 4000)

    getHost = getPeer

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def writeSequence(self, iovec: Any) -> None:
        self.written.extend(iovec)

    def loseWriteConnection(self) -> None:
        self.half = True
