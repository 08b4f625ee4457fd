"""Where the real daemon listens, and as whom its clients come in."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from openai import OpenAI
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config.keys import unnamed
from tests.authority import Authority
from tests.real.children import wait_for
from tests.real.daemon import Daemon, free_port

KEY = "0123456789abcdef-laptop"
KEYS = {"CLINVK_API_KEYS": KEY}
NAME = unnamed(KEY).name
MODELS = "/openai/v1/models"


class Listening(Daemon):
    """One that listens at more places, or inherits sockets."""

    listen: tuple[str, ...] = ()
    inherited: tuple[socket.socket, ...] = ()

    def _arguments(self) -> list[str]:
        arguments = super()._arguments()
        for listen in self.listen:
            arguments += ["--listen", listen]
        self.descriptors = [given.fileno() for given in self.inherited]
        return (
            [sys.executable, "-c", ACTIVATE, *map(str, self.descriptors), "--", *arguments]
            if self.inherited
            else arguments
        )


# As systemd starts a service that has sockets: they are 3, 4, ..., and the variables mean this process.
ACTIVATE = """
import fcntl, os, sys
given = sys.argv[1:sys.argv.index("--")]
high = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 100) for one in given]
for number, one in enumerate(high):
    os.dup2(one, 3 + number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(given)))
program = sys.argv[sys.argv.index("--") + 1:]
os.execv(program[0], program)
"""


class ListeningTestCase(SynchronousTestCase):
    """A folder, and a daemon in it."""

    def setUp(self) -> None:
        # UNIX sockets have short names.
        self.folder = Path(tempfile.mkdtemp(prefix="cl-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def start(
        self, server: dict[str, Any], *listen: str, environment: dict[str, str] | None = None
    ) -> Daemon:
        """A daemon with this section `server`, which listens there too."""
        daemon = Listening({"server": server}, KEYS if environment is None else environment)
        daemon.listen = listen
        self.addCleanup(daemon.__exit__, None, None, None)
        return daemon.__enter__()

    def unix(self, path: str, **headers: str) -> httpx.Client:
        """A client at a UNIX socket."""
        client = httpx.Client(
            transport=httpx.HTTPTransport(uds=path), base_url="http://localhost", headers=headers
        )
        self.addCleanup(client.close)
        return client


class PeerTests(ListeningTestCase):
    """UNIX sockets."""

    def test_mapped(self) -> None:
        """Whoever the kernel says it is needs no key, but what a proxy passes on does; at TCP all do."""
        path = str(self.folder / "s")
        daemon = self.start({"unix_peers": {str(os.getuid()): NAME}}, f"unix:{path}:mode=600")
        self.assertEqual(0o600, os.stat(path).st_mode & 0o777)
        client = self.unix(path)
        self.assertEqual(200, client.get(MODELS).status_code)
        self.assertEqual(401, client.get(MODELS, headers={"X-Forwarded-For": "192.0.2.1"}).status_code)
        self.assertEqual(401, daemon.get(MODELS)[0])
        sdk = OpenAI(base_url="http://localhost/openai/v1", api_key="unused", http_client=client)
        answer = sdk.chat.completions.create(
            model="demo", messages=[{"role": "user", "content": "demo: words=2"}]
        )
        self.assertTrue(answer.choices[0].message.content)
        self.assertIn(NAME, daemon.log())

    def test_not_mapped(self) -> None:
        """Anybody else sends a key."""
        path = str(self.folder / "s")
        self.start({"unix_peers": {"12345": NAME}}, f"unix:{path}:mode=600")
        client = self.unix(path)
        self.assertEqual(401, client.get(MODELS).status_code)
        self.assertEqual(200, client.get(MODELS, headers={"Authorization": f"Bearer {KEY}"}).status_code)


class AdminTests(ListeningTestCase):
    """The listener of the owner."""

    def test_apart(self) -> None:
        """It has health, and none of what clients ask for."""
        path = str(self.folder / "a")
        daemon = self.start({"admin": [f"unix:{path}:mode=600"]}, environment={})
        client = self.unix(path)
        self.assertEqual(200, client.get("/health").status_code)
        self.assertEqual(404, client.get(MODELS).status_code)
        self.assertEqual(200, daemon.get(MODELS)[0])


class SystemdTests(ListeningTestCase):
    """Sockets that are handed over."""

    def test_sockets(self) -> None:
        """By number and by name, TCP and UNIX; the peers of the latter are known."""
        inet, unix = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
        self.addCleanup(inet.close)
        self.addCleanup(unix.close)
        unix.bind(str(self.folder / "s"))
        unix.listen()
        daemon = Listening(
            {"server": {"unix_peers": {str(os.getuid()): NAME}}}, {**KEYS, "LISTEN_FDNAMES": "web:local"}
        )
        daemon.inherited = (inet, unix)
        daemon.listen = ("systemd:domain=INET:index=0", "systemd:domain=UNIX:name=local")
        self.addCleanup(daemon.__exit__, None, None, None)
        daemon.__enter__()
        url = f"http://127.0.0.1:{inet.getsockname()[1]}"
        self.assertEqual(200, httpx.get(url + "/health").status_code)
        self.assertEqual(401, httpx.get(url + MODELS).status_code)
        self.assertEqual(200, self.unix(str(self.folder / "s")).get(MODELS).status_code)


class NotifyTests(ListeningTestCase):
    """systemd is told how the daemon is."""

    def test_life(self) -> None:
        """Ready, a beat now and then, and the end with the time it may take."""
        name = f"clinvoker-test-{os.getpid()}"
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(told.close)
        told.bind(f"\0{name}")
        told.settimeout(5)
        environment = {"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "400000"}
        daemon = self.start({"drain_secs": 100}, environment=environment)
        said = [told.recv(1000).decode() for _ in range(5)]
        self.assertIn(f"READY=1\nMAINPID={daemon.process.pid}\nSTATUS=Serving", said)
        self.assertGreaterEqual(said.count("WATCHDOG=1"), 3)
        daemon.signal()
        while not (last := told.recv(1000).decode()).startswith("STOPPING=1"):
            self.assertEqual("WATCHDOG=1", last)
        self.assertIn("EXTEND_TIMEOUT_USEC=115000000", last)
        self.assertEqual(0, daemon.exit_code())


class TlsTests(ListeningTestCase):
    """Certificates of an authority of our own."""

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority(self.folder)
        self.sign()

    def sign(self) -> None:
        """The daemon's certificate, in the same files each time."""
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        self.certificate, self.key = self.authority.sign("daemon", address)

    def begin(self, **tls: Any) -> Daemon:
        """A daemon that speaks TLS, and where."""
        self.port = free_port()
        return self.start(
            {"tls": {"certificate": self.certificate, "key": self.key, **tls}},
            f"tls:{self.port}:interface=127.0.0.1",
        )

    def client(self, *shown: str, context: ssl.SSLContext | None = None) -> httpx.Client:
        """A client that shows a certificate, if any."""
        context = context or ssl.create_default_context(cafile=self.authority.path)
        if shown:
            context.load_cert_chain(*shown)
        client = httpx.Client(verify=context, base_url=f"https://127.0.0.1:{self.port}")
        self.addCleanup(client.close)
        return client

    def test_refused_early(self) -> None:
        """Who sends everything before he reads is told why he was refused, over TLS too."""
        self.begin()
        wrong = {"Authorization": "Bearer wrong"}
        answer = self.client().post(MODELS, content=b" " * 20_000_000, headers=wrong)
        self.assertEqual(401, answer.status_code)

    def test_no_tls(self) -> None:
        """Who speaks no TLS, or breaks off, leaves no line in the log."""
        daemon = self.begin()
        before = daemon.log()
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b""):
            for _ in range(10):
                with socket.create_connection(("127.0.0.1", self.port)) as connection:
                    connection.sendall(data)
        self.assertEqual(200, self.client().get("/health").status_code)
        self.assertEqual(1, len(daemon.log().removeprefix(before).splitlines()))

    def test_client_certificates(self) -> None:
        """One that is named is as good as a key, by either kind of name; another or none is not."""
        names = {"alice": NAME, "bob.example": NAME}
        self.begin(client_ca=self.authority.path, client_names=names)
        alice, mallory = self.authority.sign("alice"), self.authority.sign("mallory")
        bob = self.authority.sign("someone", x509.DNSName("bob.example"))
        self.assertEqual(200, self.client(*alice).get(MODELS).status_code)
        self.assertEqual(200, self.client(*bob).get(MODELS).status_code)
        self.assertEqual(401, self.client(*mallory).get(MODELS).status_code)
        self.assertEqual(401, self.client().get(MODELS).status_code)

    def test_stranger(self) -> None:
        """A certificate of another authority, and one that has expired, are refused in the handshake."""
        self.begin(client_ca=self.authority.path, client_names={"alice": NAME})
        other = Authority(self.folder, "other").sign("alice", file="forged")
        expired = self.authority.sign("alice", days=-1, file="expired")
        for shown in (other, expired):
            self.assertRaises(httpx.TransportError, self.client(*shown).get, MODELS)

    def test_required(self) -> None:
        """Without a certificate there is no answer at all."""
        self.begin(client_ca=self.authority.path, client_certificate="required")
        self.assertRaises(httpx.TransportError, self.client().get, "/health")
        self.assertEqual(200, self.client(*self.authority.sign("anyone")).get("/health").status_code)

    def test_versions(self) -> None:
        """HTTP/1.1 is agreed on by ALPN; TLS 1.1 is not spoken."""
        self.begin()
        context = ssl.create_default_context(cafile=self.authority.path)
        context.set_alpn_protocols(["h2", "http/1.1"])
        raw = socket.create_connection(("127.0.0.1", self.port))
        with context.wrap_socket(raw, server_hostname="127.0.0.1") as spoken:
            self.assertEqual("http/1.1", spoken.selected_alpn_protocol())
        old = ssl.create_default_context(cafile=self.authority.path)
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assertRaises(httpx.TransportError, self.client(context=old).get, "/health")

    def test_renewed(self) -> None:
        """New files are for new connections; one that is there goes on, in the middle of a stream too."""
        daemon = self.begin()
        before = self.serial()
        client = self.client()
        sdk = OpenAI(base_url=f"https://127.0.0.1:{self.port}/openai/v1", api_key=KEY, http_client=client)
        asked: Any = {"role": "user", "content": "demo: words=60 pause_ms=100"}
        stream = sdk.chat.completions.create(model="demo", messages=[asked], stream=True)
        next(stream)
        self.sign()
        wait_for(lambda: self.serial() != before, 6, "the new certificate is shown")
        words = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]
        self.assertGreater(len(words), 20)
        self.assertIn("the certificates were read anew", daemon.log())

    def serial(self) -> int:
        """Of the certificate that is shown now."""
        text = ssl.get_server_certificate(("127.0.0.1", self.port))
        return x509.load_pem_x509_certificate(text.encode()).serial_number
