"""The daemon's start and its end."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import BackendHealth
from clinvoker.service.daemon import Daemon
from clinvoker.service.notify import notifier
from clinvoker.service.signals import Signals


class Draining:
    """Runs that drain when the test says so."""

    def __init__(self) -> None:
        self.drained: Deferred[None] = Deferred()

    async def drain(self) -> None:
        await self.drained

    def health(self) -> Sequence[BackendHealth]:
        return [BackendHealth(name="claude", state="missing")]


class DaemonTests(SynchronousTestCase):
    """Drain, close the ports, let go: in this order."""

    def setUp(self) -> None:
        self.told: list[str] = []
        self.runs = Draining()
        self.daemon = Daemon(self.runs, self.told.append, ["Beware."], lambda: self.told.append("released"))
        self.ports = Service()
        self.ports.setServiceParent(self.daemon)
        self.daemon.startService()

    def test_start(self) -> None:
        """systemd is told once it is ready."""
        [ready] = self.told
        self.assertEqual(["READY=1", f"MAINPID={os.getpid()}", "STATUS=Serving"], ready.split("\n"))

    def test_stop(self) -> None:
        """The ports stay open until everything has drained."""
        stopped = self.daemon.stopService()
        self.assertEqual("STOPPING=1\nSTATUS=Draining\nEXTEND_TIMEOUT_USEC=15000000", self.told[-1])
        self.assertTrue(self.ports.running)
        self.runs.drained.callback(None)
        self.successResultOf(stopped)
        self.assertFalse(self.ports.running)
        self.assertEqual("released", self.told[-1])

    def test_drain_fails(self) -> None:
        """Whatever goes wrong, it ends."""
        stopped = self.daemon.stopService()
        self.runs.drained.errback(RuntimeError("a bug"))
        self.successResultOf(stopped)
        self.assertFalse(self.ports.running)
        self.assertEqual("released", self.told[-1])
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))


class WakingReactor(MemoryReactorClock):
    """A reactor in memory that can be woken by a signal."""

    def callFromThread(self, call: Callable[[], object]) -> None:
        self.callLater(0, call)


class SignalTests(SynchronousTestCase):
    """The first signal stops, others hurry."""

    def setUp(self) -> None:
        self.told: list[str] = []
        self.reactor = WakingReactor()
        self.signals = Signals(
            lambda: self.told.append("stop"),
            lambda: self.told.append("hurry"),
            lambda: self.told.append("reload"),
            self.reactor,
        )

    def test_signals(self) -> None:
        """One stop, however many signals."""
        for _ in range(3):
            self.signals.received()
        self.assertEqual(["stop", "hurry", "hurry"], self.told)

    def test_install(self) -> None:
        """It hears signals once the reactor runs, in the place of Twisted's handlers."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.signals.install(self.reactor)
        self.reactor.run()
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)
            self.reactor.advance(0)
        self.assertEqual(["reload", "stop", "hurry"], self.told)

    def test_hung_up(self) -> None:
        """SIGHUP has the configuration read anew, once for many at once, and not while all stops."""
        for _ in range(2):
            self.signals.hung_up()
            self.signals.hung_up()
            self.reactor.advance(0)
        self.signals.received()
        self.signals.hung_up()
        self.reactor.advance(0)
        self.assertEqual(["reload", "reload", "stop"], self.told)

    def test_terminal(self) -> None:
        """Where a terminal was, it is gone, and the daemon with it."""
        told: list[str] = []
        stop = lambda: told.append("stop")  # noqa: E731
        signals = Signals(stop, self.fail, self.fail, self.reactor, terminal=True)
        signals.hung_up()
        self.reactor.advance(0)
        self.assertEqual(["stop"], told)


class NotifyTests(SynchronousTestCase):
    """sd_notify."""

    def listen(self, address: str) -> socket.socket:
        """A socket as systemd's."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listening.close)
        listening.setblocking(False)
        listening.bind(address)
        return listening

    def test_path(self) -> None:
        """The line arrives."""
        path = Path(self.mktemp())
        listening = self.listen(str(path))
        notifier({"NOTIFY_SOCKET": str(path)})("READY=1")
        self.assertEqual(b"READY=1", listening.recv(100))

    def test_abstract(self) -> None:
        """An @ stands for an abstract socket."""
        name = f"clinvoker-test-{id(self)}"
        listening = self.listen(f"\0{name}")
        notifier({"NOTIFY_SOCKET": f"@{name}"})("READY=1")
        self.assertEqual(b"READY=1", listening.recv(100))

    def test_nobody(self) -> None:
        """Without systemd, and without its socket, nothing happens."""
        notifier({})("READY=1")
        notifier({"NOTIFY_SOCKET": "/nowhere/at/all"})("READY=1")
