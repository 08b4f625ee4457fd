"""API keys, and what may be done without any."""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import Config, ConfigError, read_config
from clinvoker.config.key_lines import line_of
from clinvoker.config.keys import unnamed
from clinvoker.keys import Allowance

LONG = "0123456789abcdef"


def of_file(text: str) -> Config:
    """The configuration with a file of keys that has this text."""
    return read_config("server: {api_keys_file: /keys}", read_secret=lambda path: text)


def unreadable(path: str) -> str:
    raise PermissionError(f"Others may read {path}")


class KeyTests(SynchronousTestCase):
    """Keys that can be used."""

    def test_environment(self) -> None:
        """Keys in the environment are separated by commas and named by what they are, not by their places."""
        config = read_config(environ={"CLINVK_API_KEYS": f"{LONG}1, {LONG}2,"})
        self.assertEqual((unnamed(LONG + "1"), unnamed(LONG + "2")), config.keys)
        other = read_config(environ={"CLINVK_API_KEYS": f"{LONG}0, {LONG}2, {LONG}2"})
        self.assertEqual((unnamed(LONG + "0"), unnamed(LONG + "2")), other.keys)
        self.assertRegex(config.keys[0].name, r"\Akey-[0-9a-f]{8}\Z")

    def test_file(self) -> None:
        """A line is a key with or without a name; comments and empty lines are not."""
        config = of_file(f"# mine\n\nann: {LONG}1  # at work\nben {LONG}2\n{LONG}3\n")
        named = [(key.name, key.key[-1]) for key in config.keys]
        self.assertEqual([("ann", "1"), ("ben", "2"), (unnamed(LONG + "3").name, "3")], named)

    def test_both(self) -> None:
        """Keys of the environment and of the file are all good."""
        config = read_config(
            "server: {api_keys_file: /keys}",
            {"CLINVK_API_KEYS": LONG},
            read_secret=lambda path: f"ann: {LONG}",
        )
        self.assertEqual([unnamed(LONG).name, "ann"], [key.name for key in config.keys])

    def test_secret(self) -> None:
        """A key shows in no representation of the configuration."""
        self.assertNotIn(LONG, repr(of_file(f"ann: {LONG}")))

    def test_unpriced(self) -> None:
        """A bound on costs that nothing can reach, as there are no prices, is warned of."""
        [warning] = of_file(f"ann: {LONG} cost_per_day=2").warnings
        self.assertIn("'ann' has a bound on costs, but `prices` is empty", warning)
        [warning] = read_config("per_key: {cost_per_month: 2}").warnings
        self.assertIn("per_key has a bound on costs", warning)
        priced = "prices: {claude: {input: 1}}\nper_key: {cost_per_month: 2}"
        self.assertEqual((), read_config(priced).warnings)

    def test_short(self) -> None:
        """A short key works, with a warning that does not tell it."""
        [warning] = of_file("ann: abc").warnings
        self.assertIn("'ann'", warning)
        self.assertNotIn("abc", warning)
        self.assertEqual((), of_file(f"ann: {LONG}").warnings)


class HashedKeyTests(SynchronousTestCase):
    """Keys of which only SHA-256 is kept, and what a key may."""

    LINE = f"ann: sha256:{'ab' * 16}:{'cd' * 32}"

    def test_hashed(self) -> None:
        """Salt and digest in place of the key; it is not warned of."""
        config = of_file(self.LINE)
        [key] = config.keys
        self.assertEqual(("ann", "", "ab" * 16, "cd" * 32), (key.name, key.key, key.salt, key.digest))
        self.assertEqual((), config.warnings)

    def test_rights(self) -> None:
        """Models, modes and quotas, for plain keys as well; and the line can be written again."""
        said = (
            "models=claude/*,fast modes=chat,agent workdirs=/srv/a,/srv/b requests_per_second=0.5 burst=3"
            " concurrent=2 tokens_per_month=7 cost_per_day=1.25 created=2026-01-02"
        )
        allowance = Allowance(
            requests_per_second=0.5, burst=3, concurrent=2, tokens_per_month=7, cost_per_day=1.25
        )
        for line in (f"{self.LINE} {said}", f"ann {LONG} {said}  # at work"):
            [key] = of_file(line).keys
            self.assertEqual((("claude/*", "fast"), ("chat", "agent")), (key.models, key.modes))
            self.assertEqual((("/srv/a", "/srv/b"), "2026-01-02"), (key.workdirs, key.created))
            self.assertEqual(allowance, key.allowance)
        [key] = of_file(f"{self.LINE} {said}").keys
        self.assertEqual(f"{self.LINE} {said}", line_of(key))

    def test_usual_place(self) -> None:
        """Where no file is configured there is a usual one, which need not be there; a bad one is told."""

        def missing(path: str) -> str:
            raise FileNotFoundError(path)

        config = read_config(keys_file="/home/keys", read_secret=missing)
        self.assertEqual(((), "/home/keys"), (config.keys, config.keys_file))
        config = read_config(keys_file="/home/keys", read_secret=lambda path: self.LINE)
        self.assertEqual(["ann"], [key.name for key in config.keys])
        error = self.assertRaises(ConfigError, read_config, keys_file="/home/keys", read_secret=unreadable)
        self.assertEqual(("/home/keys: Others may read /home/keys",), error.complaints)


class KeyComplaintTests(SynchronousTestCase):
    """Keys that cannot be used, told without telling them."""

    def assertComplaint(self, expected: str, read: Callable[[], Config]) -> None:
        """There is exactly this complaint."""
        self.assertEqual((expected,), self.assertRaises(ConfigError, read).complaints)

    def test_no_key_in_file(self) -> None:
        """An owner who names a file believes that there are keys."""
        self.assertComplaint("server.api_keys_file: Holds no key", lambda: of_file("# none yet\n"))

    def test_no_key_in_list(self) -> None:
        """Commas alone are a mistake."""
        self.assertComplaint(
            "CLINVK_API_KEYS: Holds commas but no key", lambda: read_config(environ={"CLINVK_API_KEYS": ","})
        )

    def test_unreadable(self) -> None:
        """A file that cannot or must not be read."""
        self.assertComplaint(
            "server.api_keys_file: Others may read /keys",
            lambda: read_config("server: {api_keys_file: /keys}", read_secret=unreadable),
        )

    def test_words(self) -> None:
        """A line with more words is not guessed at."""
        self.assertComplaint(
            "server.api_keys_file: Line 1 holds more than a name and a key",
            lambda: of_file(f"ann smith {LONG}\nben {LONG}"),
        )

    def test_rights(self) -> None:
        """What is said of a key is a word that is known, with a value that can be."""
        for said, expected in (
            ("model=x", "Line 1 holds 'model', which no key has"),
            ("modes=both", "Line 1 is wrong about 'ann': Invalid enum value 'both' - at $.modes[0]"),
            (
                "requests_per_day=-1",
                "Line 1 is wrong about 'ann': Expected int >= 0 - at $.allowance.requests_per_day",
            ),
        ):
            self.assertComplaint(
                f"server.api_keys_file: {expected}",
                lambda said=said: of_file(f"ann: {LONG} {said}\nben: {LONG}"),
            )

    def test_directories(self) -> None:
        """A key that is kept to a directory that is none could have nothing done anywhere."""
        for path in ("relative", "/srv/a,b", "~/a", "/srv/a,"):
            wrong = path.split(",")[-1]
            self.assertComplaint(
                f"server.api_keys_file: Line 1 is wrong about 'ann': The directory {wrong!r} is not absolute",
                lambda path=path: of_file(f"ann: {LONG} workdirs={path}\nben: {LONG}"),
            )

    def test_said_twice(self) -> None:
        """Of two bounds nobody knows which was meant."""
        for said in ("tokens_per_day", "models", "created"):
            self.assertComplaint(
                f"server.api_keys_file: Line 1 holds {said!r} twice",
                lambda said=said: of_file(f"ann: {LONG} {said}=1 {said}=2\nben: {LONG}"),
            )

    def test_no_name(self) -> None:
        """What a colon comes before has a name, and so has what is hashed."""
        hashed = f"sha256:ab:{'0' * 64}"
        for line in (f": {hashed}", hashed, f": {LONG}", f" : {hashed} models=x", f": {LONG} models=x"):
            found = self.assertRaises(ConfigError, of_file, f"{line}\nben: {LONG}").complaints
            self.assertEqual(("server.api_keys_file: Line 1 holds a key without a name before it",), found)

    def test_hashed(self) -> None:
        """A hashed key is whole."""
        self.assertComplaint(
            "server.api_keys_file: Line 1 holds no SHA-256 for 'ann'",
            lambda: of_file(f"ann: sha256:ab:cd\nben {LONG}"),
        )

    def test_characters(self) -> None:
        """A key that no header can carry."""
        self.assertComplaint(
            "server.api_keys_file: The key 'ann' holds blanks or non-ASCII characters",
            lambda: of_file(f"ann: {LONG}é"),
        )

    def test_twice(self) -> None:
        """Two keys of one name could not be told apart in the log."""
        self.assertComplaint(
            "server.api_keys_file: The name 'ann' is there twice",
            lambda: of_file(f"ann: {LONG}1\nann: {LONG}2"),
        )


class ExposureTests(SynchronousTestCase):
    """Without keys, only this machine's own programs may reach the daemon."""

    def listens(self, *listen: str, keys: str = "") -> None:
        read_config("", {"CLINVK_API_KEYS": keys}, {"listen": listen})

    def test_local(self) -> None:
        """Loopback and UNIX sockets need no key."""
        self.listens(
            "tcp:1:interface=127.0.0.1",
            "tcp:1:interface=127.1.2.3",
            "tcp:1:interface=localhost",
            "tcp:1:interface=\\:\\:1",
            "ssl:1:interface=127.0.0.1:privateKey=k.pem",
            "unix:/run/c.sock",
        )

    def test_exposed(self) -> None:
        """Everything else does: all interfaces, a real address, and what only systemd knows."""
        exposed = (
            "tcp:1",
            "tcp:1:interface=",
            "tcp:1:interface=0.0.0.0",
            "tcp:1:interface=\\:\\:",
            "tcp:1:interface=192.0.2.1",
            "tcp:1:interface=localhost.example.com",
            "ssl:1",
            "systemd:domain=INET:index=0",
            "tls:1:interface=127.0.0.1",
        )
        error = self.assertRaises(ConfigError, self.listens, *exposed)
        self.assertEqual(len(exposed), len(error.complaints))
        self.assertIn("CLINVK_API_KEYS", error.complaints[0])

    def test_exposed_with_keys(self) -> None:
        """With keys, anything goes."""
        self.listens("tcp:1", "systemd:domain=INET:index=0", keys=LONG)

    def test_host(self) -> None:
        """The same holds for host and port."""
        for host in ("", "0.0.0.0", "192.0.2.1"):
            self.assertRaises(ConfigError, read_config, f"server: {{host: '{host}'}}")
