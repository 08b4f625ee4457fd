"""A child process in memory: what an agent writes is seen, what it reads is given."""

from __future__ import annotations

import json

from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.interfaces import IProcessProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.framing import Record, line_of
from clinvoker.process import IChild

_NUMBERS = {"TERM": 15, "KILL": 9}


@implementer(IChild)
class MemoryChild:
    """
    A process that does what the test says.

    `deaf_to` holds the signals it does not die of; "EOF" stands for the end of stdin.
    """

    def __init__(self, protocol: IProcessProtocol, deaf_to: tuple[str, ...] = ()) -> None:
        self.protocol = protocol
        self.deaf_to = deaf_to
        self.written = b""
        self.signals: list[str] = []
        self.reading = True
        self.alive = True
        protocol.makeConnection(self)  # type: ignore[arg-type]  # an `IChild` is all it asks

    @property
    def records(self) -> list[Record]:
        """What was written to stdin so far."""
        return [json.loads(line) for line in self.written.split(b"\n") if line]

    def says(self, *records: Record) -> None:
        """Write records to stdout, in one piece."""
        self.out(b"".join(map(line_of, records)))

    def out(self, data: bytes) -> None:
        """Write bytes to stdout."""
        self.protocol.childDataReceived(1, data)

    def err(self, data: bytes) -> None:
        """Write bytes to stderr."""
        self.protocol.childDataReceived(2, data)

    def exits(self, code: int = 0, signal: int | None = None, pipes_held: bool = False) -> None:
        """End; with `pipes_held` a grandchild keeps stdout open."""
        if not self.alive:
            return
        self.alive = False
        clean = code == 0 and signal is None
        reason = Failure(ProcessDone(0) if clean else ProcessTerminated(code or None, signal))
        self._ending = reason
        self.protocol.processExited(reason)
        if not pipes_held:
            self.protocol.processEnded(reason)

    # --- IChild

    def write(self, data: bytes) -> None:
        self.written += data

    def closeStdin(self) -> None:
        self._obey("EOF", code=0)

    def loseConnection(self) -> None:
        if not self.alive:
            self.protocol.processEnded(self._ending)

    def signalProcess(self, signalID: str) -> None:
        self._obey(signalID, signal=_NUMBERS[signalID])

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def _obey(self, word: str, code: int = 0, signal: int | None = None) -> None:
        self.signals.append(word)
        if word not in self.deaf_to:
            self.exits(code, signal)
