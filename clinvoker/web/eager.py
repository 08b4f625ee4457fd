"""
Writing to a client at once.

A transport queues what it is given, asks the reactor to watch the socket, is woken a turn later, sends, and
asks that the watching be ended.  A socket that nothing waits for nearly always takes a piece at once.
"""

from __future__ import annotations

from twisted.internet.interfaces import ITransport
from twisted.internet.tcp import Connection


def write(transport: ITransport, data: bytes) -> None:
    """As `transport.write`, which is left what the socket does not take, or all if it is no bare socket."""
    if isinstance(transport, Connection) and transport.connected and not _queues(transport):
        sent = transport.writeSomeData(data)
        if isinstance(sent, int):  # else the connection is lost, which the reactor has to find by itself
            data = data[sent:]
    if data:
        transport.write(data)


def _queues(connection: Connection) -> bool:
    """Whether something waits to be sent, the closing included."""
    return bool(connection.dataBuffer or connection._tempDataBuffer or connection.disconnecting)
