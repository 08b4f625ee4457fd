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
    if isinstance(transport, Connection) and _free(transport):
        sent = transport.writeSomeData(data)
        if isinstance(sent, int):  # else the connection is lost, which the reactor has to find by itself
            data = data[sent:]
    if data:
        transport.write(data)


def _free(connection: Connection) -> bool:
    """Whether it is open and nothing waits in it."""
    return bool(
        connection.connected
        and not connection.disconnecting
        and not connection.dataBuffer
        and not connection._tempDataBuffer
    )
