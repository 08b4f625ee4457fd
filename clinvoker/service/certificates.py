"""The certificates of `tls:` listeners.  Needs the extra `tls`; imported only where it is used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import attrs
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID
from OpenSSL.crypto import X509, PKey
from OpenSSL.SSL import Connection
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IListeningPort,
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
    IStreamServerEndpoint,
)
from twisted.internet.ssl import CertificateOptions, TLSVersion
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from clinvoker.config import ConfigError
from clinvoker.config.tls import Tls
from clinvoker.service.keys import stamp

# Between two looks at the files.
LOOK_SECS = 2.0


@implementer(IOpenSSLServerConnectionCreator)
class Certificates:
    """
    Gives each new connection what the files hold now; they are looked at when one comes, at most each
    `LOOK_SECS`.  Connections that are there keep what they began with.

    Raises `ConfigError` when made of files that cannot be used.  Later ones change nothing, and are
    complained of in the log.
    """

    _log = Logger()

    def __init__(self, tls: Tls, clock: IReactorTime) -> None:
        self._tls = tls
        self._clock = clock
        self.reload()

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> Connection:
        if self._clock.seconds() >= self._due:
            self.look()
        return Connection(self._options.getContext(), None)

    def reload(self) -> None:
        """Read the files now; raises `ConfigError`, and then nothing has changed."""
        stamps = self._stamps()
        chain, self._options = options_of(self._tls)
        self._stamp, self._due = stamps, self._clock.seconds() + LOOK_SECS
        self._warn(chain[0])

    def look(self) -> None:
        """Read the files if they have changed."""
        self._due = self._clock.seconds() + LOOK_SECS
        stamps = self._stamps()
        if stamps == self._stamp:
            return
        self._stamp = stamps
        try:
            self.reload()
        except ConfigError as error:
            for complaint in error.complaints:
                self._log.error("the certificates stay as they were: {complaint}", complaint=complaint)
        else:
            self._log.info("the certificates were read anew")

    def _stamps(self) -> list[object]:
        tls = self._tls
        return [stamp(os.path.expanduser(path)) for path in (tls.certificate, tls.key, tls.client_ca) if path]

    def _warn(self, certificate: x509.Certificate) -> None:
        now = datetime.now(timezone.utc)
        if now > certificate.not_valid_after_utc:
            self._log.warn("the certificate has expired: {until}", until=certificate.not_valid_after_utc)
        if now < certificate.not_valid_before_utc:
            self._log.warn(
                "the certificate is not valid yet: {since}", since=certificate.not_valid_before_utc
            )


@implementer(IStreamServerEndpoint)
@attrs.frozen
class Encrypted:
    """An endpoint whose connections speak TLS."""

    endpoint: IStreamServerEndpoint
    certificates: Certificates

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        return self.endpoint.listen(TLSMemoryBIOFactory(self.certificates, False, factory))


def options_of(tls: Tls) -> tuple[list[x509.Certificate], CertificateOptions]:
    """What the files hold: the chain, and the options made of all; raises `ConfigError`."""
    chain = _certificates("certificate", tls.certificate)
    key = _private_key(tls)
    if key.public_key() != chain[0].public_key():
        raise ConfigError(
            ["server.tls.key: It is not the key of the first certificate in server.tls.certificate"]
        )
    own, *above = map(X509.from_cryptography, chain)
    trusted = _certificates("client_ca", tls.client_ca) if tls.client_ca else []
    return chain, CertificateOptions(
        privateKey=PKey.from_cryptography_key(key),  # type: ignore[arg-type]
        certificate=own,
        extraCertChain=above,
        verify=bool(trusted),
        caCerts=[*map(X509.from_cryptography, trusted)] or None,
        requireCertificate=tls.client_certificate == "required",
        raiseMinimumTo=TLSVersion.TLSv1_2,
        acceptableProtocols=[b"http/1.1"],
    )


def _text(setting: str, path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise ConfigError([f"server.tls.{setting}: {path} cannot be read: {error.strerror}"]) from None


def _certificates(setting: str, path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_text(setting, path))
    except ValueError as error:
        raise ConfigError([f"server.tls.{setting}: {path} holds no certificate (PEM): {error}"]) from None


def _private_key(tls: Tls) -> PrivateKeyTypes:
    path = tls.key or tls.certificate
    try:
        # TypeError: it is encrypted.
        return load_pem_private_key(_text("key", path), None)
    except (ValueError, TypeError) as error:
        raise ConfigError([f"server.tls.key: {path} holds no private key (PEM): {error}"]) from None


def names_in(certificate: x509.Certificate) -> Iterator[str]:
    """The names a client's certificate is known by: alternative ones (DNS, e-mail, URI), then common ones."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        pass
    else:
        for kind in (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier):
            yield from found.get_values_for_type(kind)
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        yield str(attribute.value)
