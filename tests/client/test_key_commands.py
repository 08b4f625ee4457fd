"""`clinvk keys`."""

from __future__ import annotations

import json
import os
import re

from click.testing import CliRunner, Result
from twisted.trial.unittest import SkipTest

from clinvoker.client.main import main
from clinvoker.config import read_config
from clinvoker.keys import Locks
from clinvoker.service.keys import lock_of
from tests.client.test_config_commands import ConfigTestCase


class KeyCommandTests(ConfigTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.kept = self.home / "keys"

    def keys(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["keys", *words])

    def made(self, *words: str) -> str:
        """The key that was made."""
        result = self.keys("create", *words)
        self.assertEqual(0, result.exit_code, result.output)
        return result.stdout.strip()

    def name_of(self, key: str) -> str:
        """By what name a daemon that reads the file knows the key."""
        config = read_config(keys_file="k", read_secret=lambda path: self.kept.read_text())
        return Locks(map(lock_of, config.keys)).name(key.encode())

    def test_create(self) -> None:
        """A key of 256 random bits, shown once, of which only a digest is kept, for nobody else to read."""
        key, other = self.made("ann"), self.made("ben")
        self.assertRegex(key, r"\Aclk_[A-Za-z0-9_-]{43}\Z")
        self.assertNotIn(key, self.kept.read_text())
        self.assertEqual(
            ("ann", "ben", ""), (self.name_of(key), self.name_of(other), self.name_of(key + "x"))
        )
        self.assertEqual(0o600, self.kept.stat().st_mode & 0o777)

    def test_made_by_root(self) -> None:
        """A file that root makes in another's directory is for that user, as the daemon's user is one."""
        if os.geteuid():
            raise SkipTest("needs root")
        self.home.mkdir(exist_ok=True)
        os.chown(self.home, 12345, 23456)
        self.made("ann")
        found = self.kept.stat()
        self.assertEqual((12345, 23456, 0o600), (found.st_uid, found.st_gid, found.st_mode & 0o777))

    def test_one_salt(self) -> None:
        """All of a file have one salt, so that one digest finds any of them."""
        self.made("ann")
        self.made("ben")
        self.assertEqual(1, len(set(re.findall(r"sha256:(\w+):", self.kept.read_text()))))

    def test_what_it_may(self) -> None:
        """Models, modes and quotas are kept and listed."""
        said = ["--models", "fast,claude/*", "--mode", "chat", "--workdirs", "/srv/a"]
        self.made("ann", *said, "--requests-per-day", "9", "--cost-per-month", "2.5", "--json")
        [told] = json.loads(self.keys("list", "--json").stdout)
        self.assertEqual((["fast", "claude/*"], ["chat"]), (told["models"], told["modes"]))
        self.assertEqual(["/srv/a"], told["workdirs"])
        self.assertEqual({"requests_per_day": 9, "cost_per_month": 2.5}, told["at_most"])
        self.assertNotIn("key", told)
        listed = self.keys("list").stdout
        self.assertIn("fast,claude/*", listed)
        self.assertIn("9 requests_per_day, 2.5 cost_per_month", " ".join(listed.split()))
        self.assertNotIn("sha256", listed)

    def test_names(self) -> None:
        """A name is there once, and is one."""
        self.made("ann")
        for name in ("ann", "a b", "", "*", "anonymous", "a#b", "a:"):
            result = self.keys("create", name)
            self.assertEqual(3, result.exit_code, name)
        result = self.keys("create", "ben", "--models", "a b")
        self.assertIn("holds blanks", result.stderr)

    def test_directories(self) -> None:
        """A relative one would let the key work nowhere."""
        for path in ("relative", "/srv/a,b"):
            result = self.keys("create", "ann", "--mode", "agent", "--workdirs", path)
            self.assertEqual(3, result.exit_code)
            self.assertIn("is not absolute", result.stderr)
        self.assertFalse(self.kept.exists())

    def test_revoke(self) -> None:
        """What is revoked is gone, all else of the file stays; plain keys and unnamed ones too."""
        self.home.mkdir()
        self.kept.write_text("# mine\nann: 0123456789abcdef  # at work\n0123456789abcdeg\n")
        self.kept.chmod(0o600)
        self.made("ben")
        unnamed = next(each["name"] for each in json.loads(self.keys("list", "--json").stdout)[1:])
        for name in ("ben", unnamed):
            self.assertEqual(0, self.keys("revoke", name).exit_code)
        self.assertEqual("# mine\nann: 0123456789abcdef  # at work\n", self.kept.read_text())
        self.assertEqual(3, self.keys("revoke", "ben").exit_code)
        self.assertIn("lets nobody in", self.keys("revoke", "ann").stderr)

    def test_still_named(self) -> None:
        """It is told where the configuration still names what is revoked: no daemon would start."""
        for name in ("ann", "ben", "cid", "dora"):
            self.made(name)
        self.config("set", "agent.allowed_keys", "ann,ben")
        self.config("set", "server.admin_keys", "ann")
        self.config("set", "server.unix_peers", "{root: ann, '1000': cid}")
        self.config("set", "server.tls.client_ca", "/etc/ca.pem")
        self.config("set", "server.tls.client_names", "{box: ann}")
        done = self.keys("revoke", "ann")
        self.assertEqual((0, "Revoked ann.\n"), (done.exit_code, done.stdout))
        for place in ("agent.allowed_keys", "admin_keys", "unix_peers.root", "tls.client_names.box"):
            self.assertEqual(1, done.stderr.count(place), done.stderr)
        self.assertEqual(3, self.config("validate").exit_code)
        cid = self.keys("revoke", "cid").stderr
        self.assertIn("unix_peers.1000", cid)
        self.assertNotIn("unix_peers.root", cid)  # was so before
        self.assertEqual("", self.keys("revoke", "dora").stderr)

    def test_last(self) -> None:
        """With the last one the configuration may lack a key at all."""
        self.made("ann")
        self.config("set", "server.host", "0.0.0.0")
        told = self.keys("revoke", "ann").stderr
        self.assertIn("server.listen: ", told)
        self.assertNotIn("Holds no key", told)

    def test_configured_file(self) -> None:
        """The file is the configured one, also where the configuration lacks nothing but a key."""
        mine = self.home / "mine"
        self.written(f"server: {{host: 0.0.0.0, api_keys_file: {mine}}}\n")
        self.assertEqual(3, self.config("validate").exit_code)
        self.made("ann")
        self.assertTrue(mine.exists())
        self.assertIn("good", self.good("validate"))

    def test_environment(self) -> None:
        """Keys of the environment are listed by their names."""
        os.environ["CLINVK_API_KEYS"] = "0123456789abcdef"
        [told] = json.loads(self.keys("list", "--json").stdout)
        self.assertEqual("environment", told["kept"])

    def test_open_to_others(self) -> None:
        """A file that others may read is not used."""
        self.made("ann")
        self.kept.chmod(0o644)
        self.assertIn("chmod 600", self.keys("list").stderr)
