"""
A live child process as such: bytes to records, the tail of stderr, the ways to end it.

Knows no program and no run.  Trap: `processExited` and `processEnded` are apart as long as a
grandchild holds stdout, so after the exit the pipes get a bounded time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessTerminated
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import Interface

from clinvoker.framing import Garbled, Record, RecordReader, line_of


class IChild(Interface):
    """
    What a live process needs of its transport: stdin, pace and signals, as in
    `IProcessTransport` and in `IPushProducer`.  Nothing here raises, whatever the process's state.
    """

    def write(data: bytes) -> None:
        """Queue bytes for stdin."""

    def closeStdin() -> None:
        """Close stdin when what is queued was written."""

    def loseConnection() -> None:
        """Close all three pipes now."""

    def signalProcess(signalID: str) -> None:
        """Send "TERM" or "KILL" to the process's whole group."""

    def pauseProducing() -> None:
        """Read no more of stdout for now: the process will have to wait."""

    def resumeProducing() -> None:
        """Read stdout again."""


class LiveProcess(ProcessProtocol):
    """
    One child process that is spoken to in records, from its start to its end.

    Subclasses are told by `started`, `received`, `garbled` and `ended`.
    """

    eof_secs = 2.0  # from the end of stdin to SIGTERM
    term_secs = 3.0  # from SIGTERM to SIGKILL
    pipe_secs = 1.0  # from the exit to giving up pipes that a grandchild holds
    max_stderr = 4096  # bytes kept

    _log = Logger()
    transport: IChild  # type: ignore[assignment]  # ours asks less

    def __init__(self, clock: IReactorTime, kind: type[Struct] | None = None) -> None:
        self._clock = clock
        self._reader = RecordReader(kind)
        self._stderr = b""
        self._timer: IDelayedCall | None = None
        self._alive = False
        self._gone = False
        self._gone_waiters: list[Deferred[None]] = []

    # --- told to subclasses

    def started(self) -> None:
        """The process runs and can be written to."""

    def received(self, records: Sequence[Record | Struct]) -> None:
        """Records that were read together, at least one; as structs those of the `kind` asked for."""

    def garbled(self, error: Garbled) -> None:
        """The output is another protocol; nothing more will be received."""

    def ended(self, reason: Failure) -> None:
        """The process is gone, all it wrote was received.  Comes exactly once."""

    # --- asked by subclasses

    def send(self, record: Record) -> None:
        """Write one record; after the end, nothing happens."""
        if self._alive:
            self.transport.write(line_of(record))

    def finish(self) -> None:
        """End politely: stdin, then SIGTERM, then SIGKILL, each after its time."""
        if self._alive and self._timer is None:
            self._wait(self.eof_secs, self.terminate)
            self.transport.closeStdin()

    def terminate(self) -> None:
        """SIGTERM now, SIGKILL later."""
        if self._alive:
            self._wait(self.term_secs, self.kill)
            self.transport.signalProcess("TERM")

    def kill(self) -> None:
        """SIGKILL to the whole group, now."""
        if self._alive:
            self.transport.signalProcess("KILL")

    def when_gone(self) -> Deferred[None]:
        """A new Deferred; fires with None when the process has ended."""
        waiter: Deferred[None] = Deferred()
        if self._gone:
            waiter.callback(None)
        else:
            self._gone_waiters.append(waiter)
        return waiter

    def stderr_line(self) -> str:
        """The last line of stderr, at most 300 characters; empty if there was none."""
        lines = self._stderr.decode("utf-8", "replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")

    # --- Twisted calls

    def connectionMade(self) -> None:
        self._alive = True
        self.started()

    def outReceived(self, data: bytes) -> None:
        try:
            records = self._reader.feed(data)
        except Garbled as error:
            self._reader = _Deaf()
            self.garbled(error)
            return
        if records:
            self.received(records)

    def errReceived(self, data: bytes) -> None:
        self._stderr = (self._stderr + data)[-self.max_stderr :]

    def processExited(self, reason: Failure) -> None:
        self._alive = False
        self._wait(self.pipe_secs, self.transport.loseConnection)

    def processEnded(self, reason: Failure) -> None:
        self._alive = False
        self._forget()
        self.outReceived(b"\n")  # the last line needs none of its own
        self._gone = True
        self.ended(reason)
        waiters, self._gone_waiters = self._gone_waiters, []
        for waiter in waiters:
            waiter.callback(None)

    # --- within

    def _wait(self, secs: float, then: Callable[[], None]) -> None:
        self._forget()
        self._timer = self._clock.callLater(secs, then)

    def _forget(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


class _Deaf(RecordReader):
    """Reads nothing: for what comes after the output was found to be garbled."""

    def feed(self, data: bytes) -> list[Record | Struct]:
        return []


def killed(reason: Failure) -> bool:
    """Whether a process ended by a signal."""
    return isinstance(reason.value, ProcessTerminated) and reason.value.signal is not None


def said(reason: Failure) -> str:
    """How a process ended, in words: "exit status 1", "signal 9"."""
    end = reason.value
    if not isinstance(end, ProcessTerminated):
        return "exit status 0"
    return f"exit status {end.exitCode}" if end.signal is None else f"signal {end.signal}"
