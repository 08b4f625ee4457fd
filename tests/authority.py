"""A certificate authority of the tests' own."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Signs certificates, and writes them into a folder: NAME.pem holds one, NAME.key its key."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(name, self._key, [], 10 * DAY, authority=True)
        self.path = self._written(f"{name}.pem", self.certificate.public_bytes(Encoding.PEM))

    def sign(
        self, name: str, *alternatives: x509.GeneralName, days: int = 1, file: str = ""
    ) -> tuple[str, str]:
        """The paths of a certificate and its key; one with negative days has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(name, key, alternatives, days * DAY)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = file or name
        return (
            self._written(f"{file}.pem", certificate.public_bytes(Encoding.PEM)),
            self._written(f"{file}.key", private),
        )

    def _written(self, name: str, data: bytes) -> str:
        self._folder.joinpath(name).write_bytes(data)
        return str(self._folder / name)

    def _signed(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        alternatives: tuple[x509.GeneralName, ...] | list[x509.GeneralName],
        life: timedelta,
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder(name_of(self._name), name_of(name), key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 20 * DAY)
            .not_valid_after(now + life)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self._key, hashes.SHA256())
