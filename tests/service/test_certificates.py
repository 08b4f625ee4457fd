"""Certificates that change, or cannot be used."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Config, ConfigError
from clinvoker.config.values import Server, Tls
from clinvoker.service.certificates import Certificates
from clinvoker.service.endpoints import Endpoints
from tests.authority import Authority


class CertificatesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.authority = Authority(self.folder)
        self.certificate, self.key = self.authority.sign("daemon")
        self.clock = Clock()
        self.clock.advance(1_800_000_000)

    def refused(self, tls: Tls) -> str:
        """The one complaint about these."""
        [complaint] = self.assertRaises(ConfigError, Certificates, tls, self.clock).complaints
        return str(complaint)

    def test_missing(self) -> None:
        """Files that are not there are named, with their settings."""
        self.assertIn(
            "server.tls.certificate: /none cannot be read: No such", self.refused(Tls(certificate="/none"))
        )
        tls = Tls(certificate=self.certificate, key="/none")
        self.assertIn("server.tls.key: /none cannot be read", self.refused(tls))

    def test_not_pem(self) -> None:
        """A file that holds something else."""
        tls = Tls(certificate=self.key, key=self.key)
        self.assertIn(f"server.tls.certificate: {self.key} holds no certificate", self.refused(tls))
        tls = Tls(certificate=self.certificate)
        self.assertIn(f"server.tls.key: {self.certificate} holds no private key", self.refused(tls))

    def test_mismatch(self) -> None:
        """The key of another certificate."""
        _, other = self.authority.sign("other")
        tls = Tls(certificate=self.certificate, key=other)
        self.assertIn("server.tls.key: It is not the key of", self.refused(tls))

    def test_change(self) -> None:
        """Looked at when a connection comes, after a while; what cannot be used changes nothing."""
        made = Certificates(Tls(certificate=self.certificate, key=self.key), self.clock)
        before = self.shown(made)
        self.authority.sign("daemon")
        self.assertEqual(before, self.shown(made))
        self.clock.advance(2)
        after = self.shown(made)
        self.assertNotEqual(before, after)
        Path(self.key).write_text("nonsense")
        self.clock.advance(2)
        self.assertEqual(after, self.shown(made))
        self.assertRaises(ConfigError, made.reload)
        self.assertEqual(after, self.shown(made))

    def shown(self, made: Certificates) -> object:
        """What a new connection shows."""
        made.serverConnectionForTLS(None)  # type: ignore[arg-type]
        return made._options.certificate.to_cryptography().serial_number

    def test_expired(self) -> None:
        """One that has expired is used, with a warning."""
        certificate, key = self.authority.sign("old", days=-1)
        told: list[str] = []
        log = SimpleNamespace(warn=lambda text, **_: told.append(text))
        self.patch(Certificates, "_log", log)
        self.clock.advance(4_000_000_000)
        Certificates(Tls(certificate=certificate, key=key), self.clock)
        self.assertEqual(["the certificate has expired: {until}"], told)

    def test_no_extra(self) -> None:
        """Without the packages it is said how to get them."""
        name = Certificates.__module__
        self.addCleanup(sys.modules.__setitem__, name, sys.modules[name])
        sys.modules[name] = None  # type: ignore[assignment]  # as if it could not be imported
        config = Config(server=Server(listen=("tls:1",), tls=Tls(certificate=self.certificate)))
        endpoints = Endpoints(MemoryReactorClock(), config)
        error = self.assertRaises(ConfigError, endpoints.understood, "server.listen", ["tls:1"])
        self.assertIn("pip install '.[tls]'", error.complaints[0])
