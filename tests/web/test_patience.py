"""Connections, and those that keep the daemon waiting."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from twisted.web import http

from clinvoker.web.patience import CLOSING_SECS, LOOK_SECS, PROGRESS
from clinvoker.web.settings import Patience
from tests.web.wire import ASK, CHAT, House, Wire

HEAD = b"POST /openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"


class WaitingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House(patience=Patience(header_secs=10, body_secs=20, idle_secs=60))
        self.wire = self.house.wire()

    def trickle(self, data: bytes, secs: float) -> None:
        """A byte in each second."""
        for number in range(int(secs)):
            if not self.wire.transport.disconnecting:
                self.wire.feed(data[number % len(data) :][:1])
            self.house.clock.advance(1)

    def assert_late(self) -> None:
        self.assertTrue(self.wire.take().startswith(b"HTTP/1.1 408 "))
        self.assertTrue(self.wire.transport.disconnecting)

    def test_first_line(self) -> None:
        """Whoever never comes to the end of the first line."""
        self.trickle(b"GET /aaaaaaaaa", 10 + 2 * LOOK_SECS)
        self.assert_late()

    def test_headers(self) -> None:
        """Or of the headers."""
        self.wire.feed(HEAD)
        self.trickle(b"X-A: aaaaaaaaaaaaaaaaaaaaaaaa", 10 + 2 * LOOK_SECS)
        self.assert_late()

    def test_body(self) -> None:
        """Or sends less than a kilobyte of its body in the time."""
        self.wire.feed(HEAD + b"Content-Length: 5000\r\nContent-Type: application/json\r\n\r\n")
        self.trickle(b"{", 20 + 2 * LOOK_SECS)
        self.assert_late()

    def test_stalled(self) -> None:
        """Who sends nothing more is told as well, however short the time between two requests is."""
        for part, secs in (
            (b"X-A:", 10),
            (b"Content-Length: 9\r\nContent-Type: application/json\r\n\r\n{", 20),
        ):
            self.house = House(patience=Patience(header_secs=10, body_secs=20, idle_secs=5))
            self.wire = self.house.wire()
            self.wire.feed(HEAD + part)
            self.house.clock.pump([1] * (secs + 2))
            self.assert_late()

    def test_slow_body(self) -> None:
        """A slow client that goes on is waited for."""
        self.wire.feed(HEAD + b"Content-Length: 100000\r\nContent-Type: application/json\r\n\r\n")
        for _ in range(20):
            self.wire.feed(b" " * PROGRESS)
            self.house.clock.advance(15)
        self.assertEqual(b"", self.wire.take())
        self.assertFalse(self.wire.transport.disconnecting)

    def test_answers(self) -> None:
        """An answer may take its time, and what comes after it is a request of its own."""
        self.wire.post(CHAT, ASK)
        self.house.clock.advance(100)
        self.assertFalse(self.wire.transport.disconnecting)

    def test_requests(self) -> None:
        """One request after the other is no wait."""
        for _ in range(5):
            self.assertEqual(200, self.wire.get("/health").status)
            self.house.clock.advance(9)
        self.assertFalse(self.wire.transport.disconnecting)

    def test_idle(self) -> None:
        """Between two requests too it ends in time."""
        self.wire.get("/health")
        self.house.clock.advance(59)
        self.assertFalse(self.wire.transport.disconnecting)
        self.house.clock.advance(2)
        self.assertTrue(self.wire.transport.disconnecting)

    def test_idle_after_slow(self) -> None:
        """After a slow request too."""
        self.house = House(patience=Patience(header_secs=10, idle_secs=5))
        self.wire = self.house.wire()
        self.wire.feed(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
        self.house.clock.advance(8)
        self.wire.feed(b"\r\n")
        self.assertTrue(self.wire.take().startswith(b"HTTP/1.1 200 "))
        self.assertFalse(self.wire.transport.disconnecting)
        self.house.clock.advance(6)
        self.assertTrue(self.wire.transport.disconnecting)

    def test_closing(self) -> None:
        """Who does not let go when told to, and sends on, as can be done over TLS, is let go of."""
        self.trickle(b"GET /aaaaaaaaa", 10 + 2 * LOOK_SECS)
        self.assert_late()
        for _ in range(int(CLOSING_SECS)):
            self.house.clock.advance(1)
            self.wire.feed(b"a")
        self.assertEqual(b"", self.wire.take(), "it is told once")
        self.house.clock.advance(2 * LOOK_SECS)
        self.assertTrue(self.wire.transport.disconnected)

    def test_unread(self) -> None:
        """Nor does it wait for ever for a client that does not read its last answer."""
        self.wire.get("/health", {"Connection": "close"})
        self.assertTrue(self.wire.transport.disconnecting)
        self.house.clock.advance(LOOK_SECS)
        self.house.clock.advance(CLOSING_SECS - 1)
        self.assertFalse(self.wire.transport.disconnected)
        self.house.clock.advance(2 * LOOK_SECS)
        self.assertTrue(self.wire.transport.disconnected)

    def test_http2(self) -> None:
        """HTTP/2, which Twisted offers where `h2` is installed, is not: nothing of this bounds it."""
        self.patch(http, "H2_ENABLED", True)
        self.assertEqual([b"http/1.1"], self.house.site.acceptableProtocols())

    def test_nobody(self) -> None:
        """Without a connection nothing is looked at."""
        self.wire.leave()
        self.assertEqual([], self.house.clock.getDelayedCalls())


class CountTests(SynchronousTestCase):
    def house(self, **patience: Any) -> House:
        return House(patience=Patience(**patience))

    def opens(self, house: House, host: str) -> bool:
        protocol: Any = house.site.buildProtocol(IPv4Address("TCP", host, 1))
        if protocol is None:
            return False
        protocol.makeConnection(StringTransport(peerAddress=IPv4Address("TCP", host, 1)))
        return True

    def test_all(self) -> None:
        """No more than so many; one that goes makes room."""
        house = self.house(max_connections=2)
        wires = [Wire(house.site), Wire(house.site)]
        self.assertFalse(self.opens(house, "192.0.2.1"))
        wires[0].leave()
        self.assertTrue(self.opens(house, "192.0.2.1"))

    def test_each(self) -> None:
        """No more than so many of one address."""
        house = self.house(max_connections_per_address=2)
        self.assertEqual([True, True, False], [self.opens(house, "192.0.2.1") for _ in range(3)])
        self.assertTrue(self.opens(house, "192.0.2.2"))

    def test_unbounded(self) -> None:
        """0 is any number."""
        house = self.house(max_connections=0, max_connections_per_address=0)
        self.assertTrue(all(self.opens(house, "192.0.2.1") for _ in range(1100)))


class UnixTests(SynchronousTestCase):
    """Connections over a UNIX socket are their users', as the kernel tells them."""

    def connect(self, house: House, user: str) -> bool:
        protocol: Any = house.site.buildProtocol(UNIXAddress(None))
        transport = StringTransport(peerAddress=UNIXAddress(None))
        cast(Any, transport).user = user
        protocol.makeConnection(transport)
        return not transport.disconnected

    def house(self, **settings: Any) -> House:
        patience = Patience(max_connections_per_address=2)
        return House(patience=patience, origin=lambda transport: transport.user, **settings)

    def test_each(self) -> None:
        """One user cannot take the places of others."""
        house = self.house()
        self.assertEqual([True, True, False], [self.connect(house, "unix:1000") for _ in range(3)])
        self.assertTrue(self.connect(house, "unix:1001"))

    def test_proxy(self) -> None:
        """Where a proxy is trusted there, it speaks for many."""
        house = self.house(trusted_proxies=("unix",))
        self.assertTrue(all(self.connect(house, "unix:33") for _ in range(9)))
