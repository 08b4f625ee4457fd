"""`clinvk mcp` over stdin and stdout: a message in each line."""

from __future__ import annotations

from typing import cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol, ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.client.exits import GENERAL, CommandFailed
from clinvoker.client.mcp_bridge import Bridge
from clinvoker.client.work import Work

# Bytes of a message: a daemon takes no more in one request.
LONGEST = 64 * 1024 * 1024


async def serve_stdio(work: Work) -> None:
    """Serve the program that started this command, until it closes stdin."""
    lines = Lines(work)
    StandardIO(lines, reactor=work.clock)
    if work.terminal:
        work.tell("This is for programs: it takes messages of the Model Context Protocol.  Ctrl-D ends it.")
    try:
        await lines.ended
    except CancelledError:
        lines.bridge.stop()
        raise


@implementer(IHalfCloseableProtocol)
class Lines(Protocol):
    """Cuts what comes into lines.  `ended` fires when the client has gone and all was written."""

    def __init__(self, work: Work) -> None:
        self.bridge = Bridge(work.api, self._write)
        self.ended: Deferred[None] = Deferred()
        self._rest: list[bytes] = []
        self._length = 0

    def dataReceived(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        for line in lines:
            whole, self._rest, self._length = b"".join((*self._rest, line)), [], 0
            if whole.strip():
                self.bridge.take(whole)
        self._rest.append(rest)
        self._length += len(rest)
        if self._length > LONGEST:
            self._over(CommandFailed(f"A line on stdin is longer than {LONGEST} bytes.", GENERAL))

    def readConnectionLost(self) -> None:
        self.bridge.end().addCallback(lambda _: self._close())

    def writeConnectionLost(self) -> None:
        self.bridge.stop()
        self._close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.bridge.stop()
        if not self.ended.called:
            self.ended.callback(None)

    # --- within

    def _write(self, line: bytes) -> None:
        if self.transport is not None:
            self.transport.write(line)

    def _over(self, error: CommandFailed) -> None:
        self.bridge.stop()
        if not self.ended.called:
            self.ended.errback(error)
        self._close()

    def _close(self) -> None:
        cast(ITransport, self.transport).loseConnection()
