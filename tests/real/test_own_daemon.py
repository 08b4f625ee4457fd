"""The command of whoever owns the daemon, which is behind TLS or has a listener apart."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from typing import Any

import yaml
from cryptography import x509

from clinvoker.config.keys import unnamed
from tests.authority import Authority
from tests.real.daemon import free_port, own_environment
from tests.real.test_listening import KEY, KEYS, ListeningTestCase


class OwnerTests(ListeningTestCase):
    """Commands in a process of their own, with a configuration that says where the daemon is."""

    def setUp(self) -> None:
        super().setUp()
        self.home = self.folder / "own"
        self.home.mkdir()
        self.environment = own_environment(self.home, KEYS)

    def command(self, server: dict[str, Any], *words: str) -> subprocess.CompletedProcess[str]:
        """What `clinvk` says under this section `server`, with the demonstration alone."""
        off = {name: {"enabled": False} for name in ("claude", "codex", "gemini")}
        config = self.home / "config.yaml"
        backends = {**off, "demo": {"enabled": True}}
        config.write_text(yaml.safe_dump({"server": server, "backends": backends}))
        return subprocess.run(
            [sys.executable, "-m", "clinvoker.client", *words, "--config", str(config)],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=60,
            check=False,
        )

    def test_apart(self) -> None:
        """A reload goes to the listener for the owner by itself; elsewhere it is told that there is one."""
        admin = f"unix:{self.folder}/admin:mode=600"
        daemon = self.start({"admin": [admin]}, environment={})
        self.environment.pop("CLINVK_API_KEYS")
        there = {"port": daemon.port, "admin": [admin]}
        done = self.command(there, "reload")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("Changed: ", done.stdout)
        told = self.command(there, "reload", "--server", daemon.url)
        self.assertEqual(5, told.returncode)
        self.assertIn("(server.admin)", told.stderr)

    def test_trusted(self) -> None:
        """A daemon that speaks TLS alone is found, and talked to where its certificate is trusted."""
        there, url = self.tls()
        self.environment["SSL_CERT_FILE"] = self.authority.path
        for words in (("reload",), ("reload", "--server", url), ("status",)):
            done = self.command(there, *words)
            self.assertEqual((0, ""), (done.returncode, done.stderr), words)
        self.assertIn(url, done.stdout)

    def test_not_trusted(self) -> None:
        """Else it is said what is wrong with it, no key is sent, and what can does without the daemon."""
        there, url = self.tls()
        for words in (("reload",), ("reload", "--server", url), ("status", "--server", url)):
            done = self.command(there, *words)
            self.assertEqual(5, done.returncode)
            self.assertRegex(done.stderr, rf"{url}: its certificate is not trusted .* SSL_CERT_FILE")
        done = self.command(there, "models")
        self.assertEqual(0, done.returncode)
        self.assertIn("SSL_CERT_FILE", done.stderr)
        self.assertEqual("", self.command(there, "models", "-q").stderr)

    def test_other_name(self) -> None:
        """A certificate for another name than the daemon is called by."""
        there, _ = self.tls(x509.DNSName("chat.example"))
        self.environment["SSL_CERT_FILE"] = self.authority.path
        done = self.command(there, "reload")
        self.assertIn("another name", done.stderr)

    def tls(self, name: x509.GeneralName | None = None) -> tuple[dict[str, Any], str]:
        """A daemon with TLS, whose certificate is for an address or this name: where it is."""
        self.authority = Authority(self.folder)
        name = name or x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        certificate, key = self.authority.sign("daemon", name)
        port = free_port()
        listen, tls = f"tls:{port}:interface=127.0.0.1", {"certificate": certificate, "key": key}
        self.start({"tls": tls, "admin_keys": [unnamed(KEY).name]}, listen)
        return {"listen": [listen], "tls": tls}, f"https://127.0.0.1:{port}"
