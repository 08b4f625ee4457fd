"""The whole daemon, joined, on a reactor in memory."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping

from msgspec.structs import replace
from twisted.internet.address import IPv4Address
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import LogLevel, capturedLogs
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Config, ConfigError, read_config
from clinvoker.config.values import Session
from clinvoker.interfaces import IBackend
from clinvoker.service import EXIT_CONFIG, Options, joining, makeService
from clinvoker.service.daemon import Daemon
from clinvoker.service.joining import join
from clinvoker.service.values import limits, names, pool, web_settings
from clinvoker.settings import Limits, Names, Pool
from clinvoker.testing.backend import PlainBackend

BACKENDS = {"plain": PlainBackend("plain")}


class OptionTests(SynchronousTestCase):
    """`twistd clinvoker` on the command line."""

    def test_flags(self) -> None:
        """Only what was given is a flag; endpoints may be many."""
        options = Options()
        options.parseOptions(["--port", "80", "--listen", "unix:/a", "--listen=tcp:1"])
        self.assertEqual({"port": "80", "listen": ["unix:/a", "tcp:1"]}, options.flags())

    def test_none(self) -> None:
        """Nothing is needed."""
        options = Options()
        options.parseOptions([])
        self.assertEqual({}, options.flags())
        self.assertEqual("", options["config"])

    def test_unknown(self) -> None:
        """Arguments that are none are refused."""
        self.assertRaises(UsageError, Options().parseOptions, ["--prot", "1"])


class RefusalTests(SynchronousTestCase):
    """A configuration that cannot be used."""

    def refused(self, *arguments: str) -> list[str]:
        """The lines on stderr, the process having ended with 3."""
        options = Options()
        options.parseOptions(arguments)
        self.patch(os, "environ", {"HOME": "/nowhere"})
        self.patch(sys, "stderr", io.StringIO())
        end = self.assertRaises(SystemExit, makeService, options)
        self.assertEqual(EXIT_CONFIG, end.code)
        assert isinstance(sys.stderr, io.StringIO)
        return sys.stderr.getvalue().splitlines()

    def test_all_complaints(self) -> None:
        """Each complaint has a line."""
        self.assertEqual(
            ["clinvoker: --port: Expected int, got str", "clinvoker: server.listen: 'tcp:1' can be"],
            [line.split(" reached")[0] for line in self.refused("--port=x", "--listen=tcp:1")],
        )

    def test_endpoint(self) -> None:
        """An endpoint that Twisted does not understand."""
        [line] = self.refused("--listen=tcp:http!:interface=127.0.0.1")
        self.assertIn("server.listen: 'tcp:http!:interface=127.0.0.1' is not understood", line)

    def test_systemd(self) -> None:
        """A socket that systemd did not hand over."""
        environ = {"CLINVK_API_KEYS": "0123456789abcdef"}
        config = read_config("", environ, {"listen": ["systemd:domain=INET:index=7"]})
        error = self.assertRaises(ConfigError, join, MemoryReactorClock(), lambda: config, BACKENDS, {})
        self.assertIn("no such socket was handed over", error.complaints[0])

    def test_file(self) -> None:
        """A file that is not there."""
        [line] = self.refused("--config=/nowhere.yaml")
        self.assertIn("/nowhere.yaml", line)

    def test_no_temporary_files(self) -> None:
        """A machine without room for temporary files."""

        def full(prefix: str) -> str:
            raise FileNotFoundError(2, "No usable temporary directory found")

        self.patch(joining, "mkdtemp", full)
        [line] = self.refused()
        self.assertIn("No usable temporary directory found", line)
        self.assertIn("Make room there, or set TMPDIR", line)


class ThreadlessReactor(MemoryReactorClock):
    """Nothing runs elsewhere, so nothing has to come back."""

    def callFromThread(self, call: Callable[[], object]) -> None:
        call()


class JoinedCase(SynchronousTestCase):
    """A daemon over a reactor in memory."""

    def setUp(self) -> None:
        self.reactor = ThreadlessReactor()

    def join(self, config: Config) -> Daemon:
        """The daemon, started; what it keeps it keeps in memory."""
        return self.begin(lambda: config)

    def begin(self, load: Callable[[], Config], backends: Mapping[str, IBackend] = BACKENDS) -> Daemon:
        """The same, of a configuration that may change."""

        def loaded() -> Config:
            return replace(load(), session=Session(store="memory:"))

        daemon = join(self.reactor, loaded, backends, {"PATH": "/nowhere"})
        daemon.privilegedStartService()
        daemon.startService()
        return daemon

    def get(self, path: str, method: str = "GET", headers: Mapping[str, str] = {}) -> bytes:
        """What the daemon answers."""
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        factory = self.reactor.tcpServers[0][1]
        protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
        transport = StringTransport(hostAddress=IPv4Address("TCP", "127.0.0.1", 8080))
        protocol.makeConnection(transport)
        protocol.dataReceived(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        protocol.connectionLost(None)
        return transport.value()


class JoinTests(JoinedCase):
    """What is joined works together."""

    def test_listens(self) -> None:
        """It listens where it is told, and answers there."""
        self.join(read_config("", {}, {"port": "8099"}))
        self.assertEqual([(8099, "127.0.0.1")], [(port, at) for port, _, _, at in self.reactor.tcpServers])
        self.assertIn(b'"plain"', self.get("/health"))

    def test_backlog(self) -> None:
        """Many may connect at once: those that the kernel has no room for would wait a second."""
        listen = ["tcp:1:interface=127.0.0.1", "tcp:2:interface=127.0.0.1:backlog=5", "unix:/tmp/clinvoker"]
        self.join(read_config("", {}, {"listen": listen}))
        self.assertEqual([1024, 5], [backlog for _, _, backlog, _ in self.reactor.tcpServers])
        self.assertEqual([1024], [backlog for _, _, backlog, *_ in self.reactor.unixServers])

    def test_keys(self) -> None:
        """Keys of the configuration are asked for."""
        self.join(read_config(environ={"CLINVK_API_KEYS": "0123456789abcdef"}))
        self.assertIn(b"401 Unauthorized", self.get("/openai/v1/models"))

    def test_port_taken(self) -> None:
        """A port that cannot be had is the end, with a sentence."""

        def taken(*_: object, **__: object) -> None:
            raise CannotListenError("127.0.0.1", 8080, "it is taken")

        self.patch(self.reactor, "listenTCP", taken)
        with capturedLogs() as said:
            end = self.assertRaises(SystemExit, self.join, Config())
        [why] = [event["complaint"] for event in said if event["log_level"] == LogLevel.critical]
        self.assertEqual(1, end.code)
        self.assertIn("cannot listen at tcp:8080:interface=127.0.0.1: ", why)

    def test_stop(self) -> None:
        """With nothing under way it stops at once."""
        self.successResultOf(self.join(Config()).stopService())

    def test_settings(self) -> None:
        """Each room is told what the configuration says."""
        text = """
        server: {drain_secs: 5, keepalive_secs: 7, allowed_hosts: [a.example]}
        limits: {runs: 3}
        models: {fast: plain/plain-1, fallback: plain}
        backends: {plain: {model: plain-2}}
        """
        config = read_config(text, backends=["plain"])
        self.assertEqual(Limits(runs=3, drain_secs=5.0), limits(config))
        expected = Names(
            configured={"fast": "plain/plain-1"}, defaults={"plain": "plain-2"}, fallback="plain"
        )
        self.assertEqual(expected, names(config))
        web = web_settings(config, BACKENDS, 1.0)
        self.assertEqual((100, True), (web.background_responses, web.keep_responses))
        self.assertEqual((7.0, ("a.example",)), (web.keepalive_secs, web.allowed_hosts))
        self.assertEqual({"plain": "nobody"}, web.owners)

    def test_pool(self) -> None:
        """Megabytes become bytes; `auto` is left to the backend; several keys share no process."""
        text = """
        agents: {max_rss: 2, max_agent_rss: 1, min_available: 0, max_processes: 3, idle_secs: 9, reuse: never}
        backends: {plain: {warm: 4, prestart: true}, other: {warm: auto}}
        """
        config = read_config(text, backends=["plain", "other"])
        expected = Pool(
            warm={"plain": 4},
            prestart=("plain",),
            max_processes=3,
            max_rss=2 << 20,
            min_available=0,
            max_agent_rss=1 << 20,
            idle_secs=9,
            reuse="never",
            shared=True,
        )
        self.assertEqual(expected, pool(config))
        several = {"CLINVK_API_KEYS": "a-key-of-sixteen-a,a-key-of-sixteen-b"}
        self.assertFalse(pool(read_config("", several)).shared)
        self.assertTrue(pool(read_config("agents: {reuse_across_keys: true}", several)).shared)

    def test_pool_defaults(self) -> None:
        """The configuration's defaults are those of `runs`, but for one principal at most."""
        self.assertEqual(Pool(shared=True), pool(Config()))
