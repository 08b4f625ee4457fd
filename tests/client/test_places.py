"""Where daemons are, and what exit codes say."""

from __future__ import annotations

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.client import exits
from clinvoker.client.exits import CommandFailed
from clinvoker.client.places import Place, configured_place, key_for, named_place
from clinvoker.config import Config, read_config

KEY = {"CLINVK_API_KEYS": "0123456789abcdef"}
PAGE = Path(__file__).parent.parent.parent / "docs" / "exit-codes.md"


class PlaceTests(SynchronousTestCase):
    def test_named(self) -> None:
        """URLs, HOST:PORT, UNIX sockets."""
        for server, place in (
            ("http://h:1/", Place("http://h:1")),
            ("localhost:8080", Place("http://localhost:8080")),
            ("https://h", Place("https://h")),
            ("unix:/run/a.sock", Place("http://localhost", "/run/a.sock")),
            ("unix:///run/a.sock", Place("http://localhost", "/run/a.sock")),
        ):
            self.assertEqual(place, named_place(server, ""))

    def test_wrong(self) -> None:
        """What is no address is refused, as configuration is."""
        for server in ("ftp://h", "http://", "h:x", "h:99999"):
            error = self.assertRaises(CommandFailed, named_place, server, "")
            self.assertEqual(exits.CONFIG, error.exit_code)

    def test_configured(self) -> None:
        """Where the configured daemon listens, as it is called from here."""
        for listen, url, socket in (
            ("tcp:8080:interface=127.0.0.1", "http://127.0.0.1:8080", ""),
            ("tcp:8080", "http://127.0.0.1:8080", ""),
            (r"tcp:8080:interface=\:\:1", "http://[::1]:8080", ""),
            ("ssl:8443:interface=h", "https://h:8443", ""),
            (r"unix:/a\:b:mode=660", "http://localhost", "/a:b"),
            ("unix:address=/a:mode=660", "http://localhost", "/a"),
        ):
            config = read_config(environ={**KEY, "CLINVK_LISTEN": listen})
            self.assertEqual(Place(url, socket, "k"), configured_place(config, "k"), listen)
        unknown = read_config(environ={**KEY, "CLINVK_LISTEN": "systemd:domain=INET:index=0"})
        self.assertIsNone(configured_place(unknown, ""))

    def test_owner(self) -> None:
        """What the owner alone may is asked for at the listener apart, if there is one."""
        server = "{listen: ['tcp:1:interface=127.0.0.1'], admin: ['unix:/a:mode=600']}"
        config = read_config(f"server: {server}")
        self.assertEqual(Place("http://127.0.0.1:1"), configured_place(config, ""))
        self.assertEqual(Place("http://localhost", "/a"), configured_place(config, "", owner=True))
        self.assertEqual(Place("http://127.0.0.1:8080"), configured_place(Config(), "", owner=True))

    def test_key(self) -> None:
        """Of the environment, else the first of the configuration."""
        config = read_config(environ=KEY)
        self.assertEqual("mine", key_for(config, {"CLINVK_API_KEY": "mine"}))
        self.assertEqual(KEY["CLINVK_API_KEYS"], key_for(config, {}))


class ExitCodeTests(SynchronousTestCase):
    def test_known(self) -> None:
        """Every word of the table is one that the daemon has."""
        kinds = [getattr(errors, name) for name in errors.__all__]
        self.assertEqual(set(), set(exits.BY_CODE) - {kind.code for kind in kinds})

    def test_page(self) -> None:
        """The page tells of each exit code which words of the daemon's end with it."""
        rows = re.findall(r"^\| (\d) \|[^|]*\|(.*)\|$", PAGE.read_text(), re.MULTILINE)
        told = {word: int(code) for code, words in rows for word in re.findall(r"`(\w+)`", words)}
        self.assertEqual(dict(exits.BY_CODE), told)
        self.assertEqual([*range(8)], [int(code) for code, _ in rows])
