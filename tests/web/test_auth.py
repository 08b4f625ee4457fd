"""Keys to names."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from clinvoker.errors import Unauthorized
from clinvoker.keys import Lock, Locks, digest_of, locks_of
from clinvoker.web.auth import ANONYMOUS, Keyring

KEYS = (("ada", "key-of-ada"), ("bob", "schlüssel"))


def sent(**headers: str) -> Headers:
    made = Headers()
    for name, value in headers.items():
        made.addRawHeader(name.replace("_", "-").encode("ascii"), value.encode("utf-8"))
    return made


class KeyringTests(SynchronousTestCase):
    def setUp(self) -> None:
        locks = locks_of(KEYS)
        self.keyring = Keyring(lambda: locks)

    def test_no_keys(self) -> None:
        """Without keys whoever reaches the daemon may enter, whatever key the SDK insists on sending."""
        self.assertEqual(ANONYMOUS, Keyring(Locks).principal(sent()))
        self.assertEqual(ANONYMOUS, Keyring(Locks).principal(sent(authorization="Bearer x")))

    def test_bearer(self) -> None:
        """W2: a bearer key, the word in any case, gives its name."""
        self.assertEqual("ada", self.keyring.principal(sent(authorization="Bearer key-of-ada")))
        self.assertEqual("ada", self.keyring.principal(sent(authorization="bearer  key-of-ada ")))

    def test_other_header(self) -> None:
        """X-Api-Key does as well; keys need not be ASCII."""
        self.assertEqual("bob", self.keyring.principal(sent(x_api_key="schlüssel")))

    def test_either(self) -> None:
        """Of two keys one that is known is enough."""
        self.assertEqual(
            "ada", self.keyring.principal(sent(authorization="Bearer x", x_api_key="key-of-ada"))
        )

    def test_refused(self) -> None:
        """A wrong, empty, missing or otherwise carried key is refused, and W79: never repeated."""
        for headers in (
            sent(),
            sent(authorization="Bearer key-of-eve"),
            sent(authorization="Bearer "),
            sent(authorization="Basic key-of-ada"),
            sent(authorization="key-of-ada"),
            sent(x_api_key=""),
            sent(x_api_key="key-of-ad"),
        ):
            error = self.assertRaises(Unauthorized, self.keyring.principal, headers)
            self.assertNotIn("key-of", str(error))

    def test_silent(self) -> None:
        """Printing a lock shows nothing that a guess could be tried against."""
        self.assertEqual("<Lock ada>", repr(Lock("ada", digest_of(b"key-of-ada"))))

    def test_changes(self) -> None:
        """The keys are those of now."""
        now = [locks_of(KEYS)]
        keyring = Keyring(lambda: now[0])
        now[0] = Locks(needed=True)
        self.assertRaises(Unauthorized, keyring.principal, sent(x_api_key="key-of-ada"))
