"""Names of hosts and origins of pages that could never be met."""

from __future__ import annotations

from clinvoker.web.guard import Guard
from tests.config.test_config import ConfigTestCase, read


class HostTests(ConfigTestCase):
    """`server.allowed_hosts`."""

    def test_meant(self) -> None:
        """It is told what to write."""
        for wrong, meant in (
            ("chat.example.com:443", "chat.example.com"),
            ("http://chat.example.com", "chat.example.com"),
            ("https://Chat.example.com:8443/v1/", "chat.example.com"),
            ("chat.example.com/", "chat.example.com"),
            ("chat.example.com.", "chat.example.com"),
            ("*.lan:8080", "*.lan"),
            (" a.example", "a.example"),
            ("[fd00::1]", "fd00::1"),
            ("[fd00::1]:8080", "fd00::1"),
            ("bücher.example", "xn--bcher-kva.example"),
        ):
            self.assertComplaint(
                f"server.allowed_hosts: {wrong!r} is not the name of a host alone; write {meant!r}",
                f"server: {{allowed_hosts: ['{wrong}']}}",
            )

    def test_nothing(self) -> None:
        """Of what nothing can be made, only that it is none."""
        for wrong in ("", "http://", "a b"):
            self.assertComplaint(
                f"server.allowed_hosts: {wrong!r} is not the name of a host alone",
                f"server: {{allowed_hosts: ['{wrong}']}}",
            )

    def test_good(self) -> None:
        """Names, patterns, addresses."""
        hosts = [
            "chat.example.com",
            "*.lan",
            "*",
            "box",
            "192.0.2.1",
            "fd00::1",
            "A.Example",
            "my_box",
            "[ab].lan",
        ]
        self.assertEqual(tuple(hosts), read(f"server: {{allowed_hosts: {hosts}}}").server.allowed_hosts)


class OriginTests(ConfigTestCase):
    """`server.cors_allowed_origins`."""

    def test_meant(self) -> None:
        """It is told what to write, and that is then met."""
        for wrong, meant, sent in (
            ("https://a.example/", "https://a.example", "https://a.example"),
            ("https://a.example/chat?x", "https://a.example", "https://a.example"),
            ("chat.example.com", "https://chat.example.com", "https://chat.example.com"),
            ("*.example.com", "https://*.example.com", "https://b.example.com"),
            ("localhost:3000", "http://localhost:3000", "http://localhost:3000"),
            ("https://a.example:443", "https://a.example", "https://a.example"),
            ("http://a.example:80/", "http://a.example", "http://a.example"),
            ("https://bücher.example", "https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ):
            self.assertComplaint(
                f"server.cors_allowed_origins: {wrong!r} is not as browsers write an origin; write {meant!r}",
                f"server: {{cors_allowed_origins: ['{wrong}']}}",
            )
            self.assertTrue(Guard([], [meant]).allows(sent.encode()), wrong)

    def test_nothing(self) -> None:
        """Of what nothing can be made, an example."""
        self.assertComplaint(
            "server.cors_allowed_origins: 'a b' is not as browsers write an origin, such as https://app.example.com",
            "server: {cors_allowed_origins: ['a b']}",
        )

    def test_good(self) -> None:
        """With ports, with any port, of addresses, of programs that are browsers, and all."""
        origins = [
            *("https://a.example", "https://a.example:8443", "http://localhost:*", "http://[::1]:3000"),
            *("https://*.example.com", "chrome-extension://abcdef", "*://a.example", "https://a.example:80"),
            *("null", "*", "HTTPS://A.example"),
        ]
        text = f"server: {{cors_allowed_origins: {origins}}}"
        self.assertEqual(tuple(origins), read(text).server.cors_allowed_origins)
