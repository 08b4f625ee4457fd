"""What `clinvk serve` says."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import BackendHealth
from clinvoker.service.greeting import greeting

FOUND = [
    BackendHealth(name="claude", state="missing"),
    BackendHealth(name="codex", state="untried", path="/bin/codex"),
]
LOCAL = [("tcp", IPv4Address("TCP", "127.0.0.1", 8080))]


class GreetingTests(SynchronousTestCase):
    """What was found, and a line to try."""

    def test_found(self) -> None:
        """Each backend is told, and the line asks one that is there."""
        text = greeting(LOCAL, FOUND, keys=False)
        self.assertIn("claude   not found", text)
        self.assertIn("codex    /bin/codex", text)
        self.assertIn("curl http://127.0.0.1:8080/openai/v1/chat/completions", text)
        self.assertIn('"model": "codex"', text)
        self.assertNotIn("Authorization", text)

    def test_keys(self) -> None:
        """Where a key is needed, the line has a place for it."""
        self.assertIn('-H "Authorization: Bearer $KEY"', greeting(LOCAL, FOUND, keys=True))

    def test_addresses(self) -> None:
        """The line has an address that curl understands."""
        cases: Sequence[tuple[str, IAddress, str, str]] = (
            ("tcp", IPv6Address("TCP", "::1", 80), "http://[::1]:80", "http://[::1]:80/"),
            ("tcp", IPv4Address("TCP", "0.0.0.0", 80), "http://localhost:80", "http://localhost:80/"),
            ("tls", IPv4Address("TCP", "0.0.0.0", 443), "https://localhost:443", "https://localhost:443/"),
            ("ssl", IPv4Address("TCP", "127.0.0.1", 1), "https://127.0.0.1:1", "https://127.0.0.1:1/"),
            (
                "unix",
                UNIXAddress("/run/c.sock"),
                "unix:/run/c.sock",
                "--unix-socket /run/c.sock http://localhost/",
            ),
            ("unix", UNIXAddress("/a b"), "unix:/a b", "--unix-socket '/a b' http://localhost/"),
        )
        for kind, address, name, told in cases:
            text = greeting([(kind, address)], FOUND, keys=False)
            self.assertIn(f"listens at {name}\n", text)
            self.assertIn(f"curl {told}openai/v1/", text)

    def test_nothing_found(self) -> None:
        """There is nothing to try."""
        text = greeting(LOCAL, FOUND[:1], keys=False)
        self.assertIn("clinvk doctor", text)
        self.assertNotIn("curl", text)
