"""The server for the program's MCP client, without a port."""

from __future__ import annotations

import json
from typing import cast

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini import listener
from clinvoker.backends.gemini.listener import Listener
from clinvoker.talk import Record


class ListenerTests(SynchronousTestCase):
    """From an address to an answer."""

    def setUp(self) -> None:
        """A listener of one path."""
        self.reactor = MemoryReactorClock()
        self.records: list[Record] = []
        self.listener = Listener(self.reactor, self.asked)

    def asked(self, path: str, record: Record) -> Record | None:
        """What the talk would say."""
        if path != "/secret":
            raise KeyError(path)
        self.records.append(record)
        return {"said": "ö"} if "id" in record else None

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """One request; what comes back."""
        self.listener.address()
        factory = self.reactor.tcpServers[0][1]
        protocol = cast("Protocol", factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1)))
        transport = StringTransport()
        protocol.makeConnection(transport)
        head = f"{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
        protocol.dataReceived(head.encode() + body)
        protocol.connectionLost(Failure(ConnectionDone()))
        return bytes(transport.value())

    def test_lazy(self) -> None:
        """It listens on loopback when its address is asked for, once, and until it is closed."""
        self.assertEqual(self.reactor.tcpServers, [])
        self.assertRegex(self.listener.address(), r"\Ahttp://127\.0\.0\.1:\d+\Z")
        self.listener.address()
        [(port, _, _, interface)] = self.reactor.tcpServers
        self.assertEqual((port, interface), (0, "127.0.0.1"))
        self.listener.close()
        self.listener.close()

    def test_answer(self) -> None:
        """A record that is posted is answered with one."""
        answer = self.request("POST", "/secret", b'{"id": 1}')
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "))
        self.assertEqual(json.loads(answer.split(b"\r\n\r\n")[1]), {"said": "ö"})

    def test_notification(self) -> None:
        """What wants no answer is accepted."""
        self.assertTrue(self.request("POST", "/secret", b"{}").startswith(b"HTTP/1.1 202 "))

    def test_elsewhere(self) -> None:
        """No other path is there, whatever is asked."""
        for method in ("GET", "POST", "DELETE"):
            answer = self.request(method, "/other", b"{}")
            self.assertTrue(answer.startswith(b"HTTP/1.1 404 "), answer)
        self.assertEqual(self.records, [])

    def test_no_stream(self) -> None:
        """There is no stream of events to get."""
        self.assertTrue(self.request("GET", "/secret").startswith(b"HTTP/1.1 405 "))

    def test_nonsense(self) -> None:
        """A body that is no JSON is refused, one that is no object holds nothing."""
        self.assertTrue(self.request("POST", "/secret", b"{").startswith(b"HTTP/1.1 400 "))
        self.assertTrue(self.request("POST", "/secret", b"[1]").startswith(b"HTTP/1.1 202 "))

    def test_too_large(self) -> None:
        """More than the bound is refused, and not looked at."""
        self.patch(listener, "MAX_BODY", 10)
        self.assertTrue(self.request("POST", "/secret", b'{"id": 1}  ').startswith(b"HTTP/1.1 413 "))
        self.assertEqual(self.records, [])

    def test_without_reactor(self) -> None:
        """A clock alone cannot listen."""
        self.assertRaises(TypeError, Listener(Clock(), self.asked).address)
