"""Requests on the reactor that are interrupted, at each stage."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.client.connection import Interrupted
from clinvoker.client.places import at_socket
from clinvoker.client.treqing import connected


class Aborted(StringTransport):
    """Tells its protocol, as a real one does."""

    def abortConnection(self) -> None:
        super().abortConnection()
        assert self.protocol is not None
        self.protocol.connectionLost(Failure(ConnectionAborted()))


class InterruptedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        connection = connected(self.reactor, at_socket("clinvk.sock"))
        self.asked: Deferred[Any] = Deferred.fromCoroutine(connection.get("/health"))

    def accept(self) -> Any:
        protocol = self.reactor.unixClients[0][1].buildProtocol(None)
        transport = Aborted()
        transport.protocol = protocol
        protocol.makeConnection(transport)
        return protocol

    def interrupt(self) -> None:
        self.asked.cancel()
        self.failureResultOf(self.asked, Interrupted)

    def test_connecting(self) -> None:
        self.interrupt()

    def test_sent(self) -> None:
        self.accept()
        self.interrupt()

    def test_headers(self) -> None:
        self.accept().dataReceived(b"HTTP/1.1 200 OK\r\n")
        self.interrupt()

    def test_body(self) -> None:
        self.accept().dataReceived(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
        self.interrupt()
