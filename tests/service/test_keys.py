"""The daemon's keys while it runs."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from clinvoker.config import read_config
from clinvoker.errors import Unauthorized
from clinvoker.keys import EVERYTHING, Rights
from clinvoker.service.keys import LOOK_SECS, Keys
from clinvoker.sources import read_secret
from clinvoker.web.auth import ANONYMOUS, Keyring

ANN, BEN = "ann-0123456789abcdef", "ben-0123456789abcdef"


class KeysTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.file = Path(self.mktemp()).absolute()
        self.clock = Clock()
        self.several = 0

    def keys(self, text: str | None, environment: str = "") -> Keyring:
        """A keyring of a daemon that starts with this file."""
        if text is not None:
            self.write(text)
        config = read_config(
            environ={"CLINVK_API_KEYS": environment}, read_secret=read_secret, keys_file=str(self.file)
        )
        self.held = Keys(config, self.clock, self.note)
        return Keyring(self.held.locks)

    def test_shared(self) -> None:
        """Whether several keys share processes is as the configuration says now, not at the start."""
        self.keys(f"ann: {ANN}\n")
        for shared, told in ((True, 0), (False, 1)):
            text = f"agents: {{reuse_across_keys: {str(shared).lower()}}}"
            self.held.change(read_config(text, read_secret=read_secret, keys_file=str(self.file)))
            self.write(f"ann: {ANN}\nben: {BEN}\n# {shared}\n")
            self.later()
            self.held.locks()
            self.assertEqual(told, self.several)

    def note(self) -> None:
        self.several += 1

    def write(self, text: str, mode: int = 0o600) -> None:
        """Another file in its place, as `clinvk keys` does it."""
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.chmod(mode)
        new.rename(self.file)

    def later(self) -> None:
        self.clock.advance(LOOK_SECS)

    def name(self, keyring: Keyring, key: str) -> str:
        """The name a key goes by; empty if it is refused."""
        try:
            return keyring.principal(Headers({"x-api-key": [key]}))
        except Unauthorized:
            return ""

    def test_new(self) -> None:
        """A key that is added is good two seconds later, and not read for before."""
        keyring = self.keys(f"ann: {ANN}\n")
        self.write(f"ann: {ANN}\nben: {BEN}\n")
        self.assertEqual("", self.name(keyring, BEN))
        self.later()
        self.assertEqual(("ann", "ben"), (self.name(keyring, ANN), self.name(keyring, BEN)))
        self.assertEqual(1, self.several)

    def test_revoked(self) -> None:
        """One that is taken away is refused; that of the environment stays."""
        keyring = self.keys(f"ann: {ANN}\n", BEN)
        self.write("# none\n")
        self.later()
        self.assertEqual("", self.name(keyring, ANN))
        self.assertTrue(self.name(keyring, BEN))

    def test_last_revoked(self) -> None:
        """When none is left nobody comes in, also when the file is gone."""
        keyring = self.keys(f"ann: {ANN}\n")
        self.write("# none\n")
        self.later()
        self.assertEqual("", self.name(keyring, ANN))
        self.file.unlink()
        self.later()
        self.assertEqual(("", ""), (self.name(keyring, ANN), self.name(keyring, "")))

    def test_first(self) -> None:
        """Where there was none anybody comes in, until there is one."""
        keyring = self.keys(None)
        self.assertEqual(ANONYMOUS, self.name(keyring, "x"))
        self.write(f"ann: {ANN}\n")
        self.later()
        self.assertEqual(("", "ann"), (self.name(keyring, "x"), self.name(keyring, ANN)))
        self.assertEqual(0, self.several)

    def test_bad(self) -> None:
        """A file that cannot be used changes nothing; it is used when it is mended."""
        keyring = self.keys(f"ann: {ANN}\n")
        for text, mode in (("ben: two words here\n", 0o600), (f"ben: {BEN}\n", 0o644)):
            self.write(text, mode)
            self.later()
            self.assertEqual(("ann", ""), (self.name(keyring, ANN), self.name(keyring, BEN)))
        self.file.chmod(0o600)
        self.later()
        self.assertEqual(("", "ben"), (self.name(keyring, ANN), self.name(keyring, BEN)))

    def test_rights(self) -> None:
        """What a key may comes with it."""
        self.keys(f"ann: {ANN} models=fast modes=chat\nben: {BEN}\n")
        self.assertEqual(Rights(models=("fast",), modes=("chat",)), self.held.rights("ann"))
        self.assertEqual((EVERYTHING, EVERYTHING), (self.held.rights("ben"), self.held.rights("anonymous")))

    def test_unchanged(self) -> None:
        """A file that is the same is not read again."""
        keyring = self.keys(f"ann: {ANN}\n")
        self.patch(self.held, "_read", None)
        self.later()
        self.assertEqual("ann", self.name(keyring, ANN))
