"""Web pages are kept out."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from clinvoker.errors import Forbidden
from clinvoker.web.guard import Guard

HERE = IPv4Address("TCP", "127.0.0.1", 8080)


def admits(
    hosts: tuple[str, ...] = (),
    origins: tuple[str, ...] = (),
    method: bytes = b"POST",
    local: IAddress = HERE,
    **headers: str,
) -> bool:
    sent = Headers()
    for name, value in headers.items():
        sent.addRawHeader(name.replace("_", "-").encode("ascii"), value.encode("utf-8"))
    try:
        Guard(hosts, origins).check(method, sent, local)
    except Forbidden:
        return False
    return True


class HostTests(SynchronousTestCase):
    def test_told(self) -> None:
        """Of a name that is refused only the beginning is told."""
        sent = Headers({"host": ["x" * 10_000]})
        with self.assertRaises(Forbidden) as caught:
            Guard((), ()).check(b"POST", sent, HERE)
        self.assertLess(len(str(caught.exception)), 400)

    def test_loopback(self) -> None:
        """Every way to say this machine is known, with any port or none."""
        for host in ("localhost", "LOCALHOST:8080", "localhost.:80", "app.localhost", "127.0.0.1:1"):
            self.assertTrue(admits(host=host), host)
        for host in ("127.8.9.10", "[::1]", "[::1]:8080"):
            self.assertTrue(admits(host=host), host)

    def test_foreign(self) -> None:
        """A page's own name, pointed at this machine, is not; nor is what only looks like ours."""
        for host in (
            "evil.test",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "evil.test:8080",
            "0.0.0.0",
            ".localhost",
            "a..localhost",
        ):
            self.assertFalse(admits(host=host), host)
        for host in (
            "192.168.1.5",
            "2130706433",
            "127.1",
            "[::2]",
            "localhost@evil.test",
            "a b",
            "ümlaut",
            "",
        ):
            self.assertFalse(admits(host=host), host)

    def test_allowed(self) -> None:
        """Names of the configuration are known, without regard to case, also by pattern."""
        self.assertTrue(admits(("Box.lan",), host="box.LAN:8080"))
        self.assertTrue(admits(("*.lan",), host="box.lan"))
        self.assertTrue(admits(("*",), host="anything.test"))
        self.assertFalse(admits(("box.lan",), host="evil.box.lan"))

    def test_own_address(self) -> None:
        """The address the connection came in at is known: an address cannot be rebound."""
        self.assertTrue(admits(local=IPv4Address("TCP", "192.168.1.5", 80), host="192.168.1.5:80"))
        mapped = IPv6Address("TCP", "::ffff:192.168.1.5", 80)
        self.assertTrue(admits(local=mapped, host="192.168.1.5"))
        self.assertFalse(admits(local=mapped, host="192.168.1.6"))

    def test_unix_socket(self) -> None:
        """No page reaches a UNIX socket, so that any name will do there."""
        self.assertTrue(admits(local=UNIXAddress("/run/s"), host="whatever.test"))

    def test_none(self) -> None:
        """No browser leaves the header out; HTTP/1.0 probes do."""
        self.assertTrue(admits())


class OriginTests(SynchronousTestCase):
    def test_foreign(self) -> None:
        """A foreign origin is refused, `null` and other ports of this machine too, whatever the method."""
        for origin in ("https://evil.test", "null", "http://localhost:3000", "http://127.0.0.1:8080"):
            self.assertFalse(admits(host="localhost:8080", origin=origin), origin)
            self.assertFalse(admits(host="localhost:8080", origin=origin, method=b"GET"), origin)

    def test_own(self) -> None:
        """A page of the daemon itself may call it."""
        self.assertTrue(admits(host="localhost:8080", origin="http://localhost:8080"))

    def test_allowed(self) -> None:
        """Origins of the configuration may call: whole, by any port, by part of the name, or all."""
        for pattern, origin in (
            ("https://app.test", "https://app.test"),
            ("http://localhost:*", "http://localhost:3000"),
            ("https://*.corp.test", "https://a.b.corp.test"),
            ("*", "https://evil.test"),
            ("*", "null"),
            ("vscode-webview://*", "vscode-webview://0abc-1"),
        ):
            self.assertTrue(admits((), (pattern,), host="localhost", origin=origin), origin)

    def test_pattern_borders(self) -> None:
        """A pattern allows no more than it says."""
        for pattern, origin in (
            ("https://app.test", "http://app.test"),
            ("https://app.test", "https://app.test.evil.test"),
            ("http://localhost:*", "http://localhost"),
            ("http://localhost:*", "http://localhost:1.evil.test"),
            ("https://*.corp.test", "https://evil.test/.corp.test"),
            ("https://a.test", "https://abtest"),
        ):
            self.assertFalse(admits((), (pattern,), host="127.0.0.1", origin=origin), origin)

    def test_fetch_metadata(self) -> None:
        """A request that a browser calls cross-site needs an origin, unless it changes nothing."""
        self.assertFalse(admits(host="localhost", sec_fetch_site="cross-site"))
        self.assertFalse(admits(host="localhost", sec_fetch_site="same-site"))
        self.assertTrue(admits(host="localhost", sec_fetch_site="none"))
        self.assertTrue(admits(host="localhost", sec_fetch_site="cross-site", method=b"GET"))

    def test_node(self) -> None:
        """openai-node sends `sec-fetch-mode` and is no page."""
        self.assertTrue(admits(host="localhost", sec_fetch_mode="cors"))
