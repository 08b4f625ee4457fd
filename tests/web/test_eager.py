"""Pieces that go to the socket at once."""

from __future__ import annotations

import socket
from typing import Any, cast

from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Connection
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.web.eager import write


class EagerTests(SynchronousTestCase):
    """One end of a pair of sockets is a connection of Twisted's, on a reactor that does nothing."""

    def setUp(self) -> None:
        ours, self.client = socket.socketpair()
        for end in (ours, self.client):
            end.setblocking(False)
            self.addCleanup(end.close)
        self.reactor = MemoryReactor()
        self.connection = Connection(ours, Protocol(), cast(Any, self.reactor))
        self.connection.connected = True

    def queued(self) -> bool:
        """Whether the reactor was asked to tell when more can be sent."""
        return self.connection in self.reactor.getWriters()

    def flood(self) -> bytes:
        """Write more than a socket takes; gives what was written."""
        data = bytes(range(256)) * 8192
        write(self.connection, data)
        return data

    def received(self) -> bytes:
        """All that the client can read, the reactor doing its work meanwhile."""
        found = b""
        while True:
            try:
                found += self.client.recv(65536)
            except BlockingIOError:
                if not self.queued():
                    return found
                self.connection.doWrite()

    def test_at_once(self) -> None:
        """The client has it though the reactor has not run."""
        write(self.connection, b"piece")
        self.assertEqual(b"piece", self.client.recv(100))
        self.assertFalse(self.queued())

    def test_rest(self) -> None:
        """What the socket does not take is queued."""
        data = self.flood()
        self.assertTrue(self.queued())
        self.assertEqual(data, self.received())

    def test_in_order(self) -> None:
        """Nothing overtakes what is queued."""
        data = self.flood()
        write(self.connection, b"last")
        self.assertEqual(data + b"last", self.received())

    def test_lost(self) -> None:
        """That nobody is there is found out by the reactor, which tells everybody."""
        self.client.close()
        write(self.connection, b"piece")
        self.assertTrue(self.queued())
        self.assertIsInstance(self.connection.doWrite(), Exception)

    def test_closing(self) -> None:
        """A connection that closes when all was sent is written to as ever."""
        self.connection.loseConnection()
        write(self.connection, b"late")
        self.assertRaises(BlockingIOError, self.client.recv, 100)
        self.assertTrue(self.queued())

    def test_other_transports(self) -> None:
        """TLS and fakes take everything themselves."""
        transport = StringTransport()
        write(transport, b"piece")
        self.assertEqual(b"piece", transport.value())
