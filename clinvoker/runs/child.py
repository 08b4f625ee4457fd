"""
A child process on the reactor without a fork of the daemon.

`reactor.spawnProcess` with a working directory copies the daemon's page tables and stalls the
reactor with its size; `subprocess` takes vfork for all that is asked here: directory, session,
process group.  Exits are seen by a pidfd each, so none costs a scan of all.  Linux only.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import IO

from twisted.internet import abstract, error, main
from twisted.internet.interfaces import IProcessProtocol, IReactorFDSet
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.process import IChild

_READ = 65536  # bytes of one read


class _Pipe(abstract.FileDescriptor):
    """One end of a pipe."""

    connected = True

    def __init__(self, reactor: IReactorFDSet, fd: int) -> None:
        super().__init__(reactor)
        os.set_blocking(fd, False)
        self._fd = fd

    def fileno(self) -> int:
        return self._fd

    def connectionLost(self, reason: Failure) -> None:
        if self._fd >= 0:
            super().connectionLost(reason)
            os.close(self._fd)
            self._fd = -1

    def close(self) -> None:
        """Close at once; nothing happens if it is closed."""
        self.stopReading()
        self.stopWriting()
        self.connectionLost(Failure(main.CONNECTION_DONE))


class _Writer(_Pipe):
    def write(self, data: bytes) -> None:
        # At once if nothing waits: the reactor would do it a turn later, and watch the pipe until then.
        if self.connected and not (self.dataBuffer or self._tempDataBuffer or self.disconnecting):
            sent = self.writeSomeData(data)
            if isinstance(sent, int):  # else the reactor finds out what is wrong
                data = data[sent:]
        if data:
            super().write(data)

    def writeSomeData(self, data: bytes) -> int | Exception:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            return main.CONNECTION_LOST


class _Reader(_Pipe):
    def __init__(
        self, reactor: IReactorFDSet, fd: int, take: Callable[[bytes], None], closed: Callable[[], None]
    ) -> None:
        super().__init__(reactor, fd)
        self._take = take
        self._closed = closed
        self.startReading()

    def doRead(self) -> Exception | None:
        try:
            data = os.read(self._fd, _READ)
        except BlockingIOError:
            return None
        except OSError:
            return main.CONNECTION_LOST
        if not data:
            return main.CONNECTION_DONE
        self._take(data)
        return None

    def connectionLost(self, reason: Failure) -> None:
        if self._fd >= 0:
            super().connectionLost(reason)
            self._closed()


class _Exit(_Pipe):
    """Readable when the child has exited."""

    def __init__(self, reactor: IReactorFDSet, fd: int, pid: int, exited: Callable[[int], None]) -> None:
        super().__init__(reactor, fd)
        self._pid = pid
        self._exited = exited
        self.startReading()

    def doRead(self) -> None:
        # Not reaped yet, the pid cannot have become another's: what is left of the group ends here.
        _signal_group(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, os.WNOHANG)
        self.close()
        self._exited(status)


@implementer(IChild)
class Child:
    """
    A process of its own session, with pipes for stdin, stdout and stderr.

    Raises `OSError` if the program cannot be started.
    """

    def __init__(
        self,
        reactor: IReactorFDSet,
        protocol: IProcessProtocol,
        arguments: Sequence[str],
        environment: dict[str, str],
        directory: str,
    ) -> None:
        self._protocol = protocol
        self._popen = popen = subprocess.Popen(
            list(arguments),
            env=environment,
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            close_fds=False,  # all of ours are close-on-exec (PEP 446); a scan would only cost
        )
        self.pid: int | None = popen.pid
        self._status: int | None = None
        self._open = 2
        exit_, stdin, stdout, stderr = _descriptors(popen)
        self._exit = _Exit(reactor, exit_, popen.pid, self._exited)
        self._stdin = _Writer(reactor, stdin)
        heard = protocol.childDataReceived
        self._stdout = _Reader(reactor, stdout, partial(heard, 1), self._closed)
        self._stderr = _Reader(reactor, stderr, partial(heard, 2), self._closed)
        protocol.makeConnection(self)  # type: ignore[arg-type]  # an `IChild` is all it asks

    # --- IChild

    def write(self, data: bytes) -> None:
        self._stdin.write(data)

    def closeStdin(self) -> None:
        self._stdin.loseConnection()

    def loseConnection(self) -> None:
        for pipe in (self._stdin, self._stdout, self._stderr):
            pipe.close()

    def signalProcess(self, signalID: str) -> None:
        if self.pid is not None:
            _signal_group(self.pid, signal.Signals[f"SIG{signalID}"])

    def pauseProducing(self) -> None:
        self._stdout.stopReading()

    def resumeProducing(self) -> None:
        if self._stdout.fileno() >= 0:
            self._stdout.startReading()

    # --- within

    def _closed(self) -> None:
        self._open -= 1
        self._maybe_ended()

    def _exited(self, status: int) -> None:
        self.pid = None
        self._status = status
        self._popen.returncode = os.waitstatus_to_exitcode(status)
        self._protocol.processExited(_reason(status))
        self._maybe_ended()

    def _maybe_ended(self) -> None:
        if self._status is not None and self._open == 0:
            self._stdin.close()
            self._protocol.processEnded(_reason(self._status))


def _descriptors(popen: subprocess.Popen[bytes]) -> list[int]:
    """
    A pidfd, and our ends of stdin, stdout and stderr.  Where there are not enough, the process ends at once:
    nobody would know of it.
    """
    found: list[int] = []
    files = (popen.stdin, popen.stdout, popen.stderr)
    try:
        found.append(os.pidfd_open(popen.pid))
        found.extend(map(_take_fd, files))
    except OSError:
        _signal_group(popen.pid, signal.SIGKILL)
        popen.wait()
        for file in filter(None, files):
            file.close()
        for fd in found:
            os.close(fd)
        raise
    return found


def _take_fd(file: IO[bytes] | None) -> int:
    """A descriptor of our own in place of a file object's, which would close it behind us."""
    assert file is not None  # asked for as PIPE
    with file:
        return os.dup(file.fileno())


def _signal_group(pid: int, number: int) -> None:
    with suppress(OSError):  # it has ended already
        os.killpg(pid, number)


def _reason(status: int) -> Failure:
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return Failure(error.ProcessDone(status))
    return Failure(error.ProcessTerminated(max(code, 0) or None, -code if code < 0 else None, status))
