"""Where the configuration comes from."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import ConfigError
from clinvoker.sources import OF_THE_MACHINE, config_path, load_config, loading, read_secret


class SourceTests(SynchronousTestCase):
    """Files that are named, and files that are looked for."""

    def setUp(self) -> None:
        self.home = Path(self.mktemp()).absolute()
        self.home.joinpath(".clinvk").mkdir(parents=True)
        self.patch(os, "environ", {**os.environ, "HOME": str(self.home)})

    def file(self, name: str, text: str) -> str:
        """A file in the home."""
        path = self.home / name
        path.write_text(text)
        return str(path)

    def test_named(self) -> None:
        """A flag names the file, before the variable, before the usual places."""
        self.file(".clinvk/config.yaml", "server: {port: 1}")
        environ = {"CLINVK_CONFIG": self.file("variable.yaml", "server: {port: 2}")}
        flagged = self.file("flag.yaml", "server: {port: 3}")
        self.assertEqual(1, load_config("", {}).server.port)
        self.assertEqual(2, load_config("", environ).server.port)
        self.assertEqual(3, load_config(flagged, environ).server.port)

    def test_home(self) -> None:
        """A path may begin with ~."""
        self.file("mine.yaml", "server: {port: 4}")
        self.assertEqual(4, load_config("~/mine.yaml", {}).server.port)

    def test_usual_places(self) -> None:
        """Where none is named, it is the user's or else the machine's, if there is one."""
        self.assertIn(config_path("", {}), (None, Path(OF_THE_MACHINE)))
        mine = self.file(".clinvk/config.yaml", "")
        self.assertEqual(Path(mine), config_path("", {}))

    def test_own_home(self) -> None:
        """$CLINVK_HOME takes the place of ~/.clinvk."""
        self.file("config.yaml", "server: {port: 5}")
        self.assertEqual(5, load_config("", {"CLINVK_HOME": str(self.home)}).server.port)

    def test_named_but_missing(self) -> None:
        """A file that is named must be there."""
        error = self.assertRaises(ConfigError, load_config, "/nowhere.yaml", {})
        self.assertIn("/nowhere.yaml: ", error.complaints[0])

    def test_not_text(self) -> None:
        """A file that is no text is a complaint, not a crash."""
        self.home.joinpath("binary").write_bytes(b"\xff\xfe\x00")
        self.assertRaises(ConfigError, load_config, str(self.home / "binary"), {})

    def complaint(self, path: str, again: bool = False) -> str:
        """What is wrong with a configuration there, which has to be found out at once."""
        [said] = self.assertRaises(ConfigError, load_config, path, {}, again=again).complaints
        return said

    def test_not_regular(self) -> None:
        """What a reader could wait at, or never come to the end of, is refused at once."""
        pipe = str(self.home / "pipe")
        os.mkfifo(pipe)
        for path in (pipe, "/dev/zero", "/dev/tty", str(self.home)):
            for again in (False, True):
                self.assertIn(path, self.complaint(path, again))
        self.assertEqual(
            f"{pipe} is no regular file, and cannot be read again and again", self.complaint(pipe)
        )

    def test_nothing(self) -> None:
        """What is always empty is as good as a file without a word, again and again."""
        load = loading("/dev/null", {})
        self.assertEqual(load(), load())

    def test_large(self) -> None:
        """A file that is no configuration of anybody's is not read whole."""
        self.assertIn("more than 1048576 bytes", self.complaint(self.file("big", "#" * 1048577)))

    def test_descriptor(self) -> None:
        """A pipe that a shell has opened holds it once; read anew nothing is taken for it."""
        ours, theirs = os.pipe()
        self.addCleanup(os.close, ours)
        os.write(theirs, b"server: {port: 6}")
        os.close(theirs)
        path = f"/dev/fd/{ours}"
        load = loading(path, {})
        self.assertEqual(6, load().server.port)
        [said] = self.assertRaises(ConfigError, load).complaints
        self.assertIn("no regular file", said)
        self.assertIn("can be read once only", self.complaint(path))

    def test_lines(self) -> None:
        """Lines may end as in other systems' files."""
        self.home.joinpath("dos").write_bytes(b"server:\r\n  port: 7\r\n")
        self.assertEqual(7, load_config(str(self.home / "dos"), {}).server.port)


class SecretTests(SynchronousTestCase):
    """Files of keys."""

    def secret(self, mode: int) -> str:
        """A file of this mode."""
        path = Path(self.mktemp()).absolute()
        path.write_text("ann: 0123456789abcdef\n")
        path.chmod(mode)
        return str(path)

    def test_private(self) -> None:
        """A file that only its owner may read is read."""
        config = load_config("", {"CLINVK_API_KEYS_FILE": self.secret(0o600)})
        self.assertEqual(["ann"], [key.name for key in config.keys])

    def test_others(self) -> None:
        """A file that others may read is refused, with what to do about it."""
        for mode in (0o640, 0o604, 0o620, 0o666):
            path = self.secret(mode)
            error = self.assertRaises(PermissionError, read_secret, path)
            self.assertIn(f"chmod 600 {path}", str(error))

    def test_complaint(self) -> None:
        """It is told as a complaint about the key."""
        environ = {"CLINVK_API_KEYS_FILE": self.secret(0o644)}
        [complaint] = self.assertRaises(ConfigError, load_config, "", environ).complaints
        self.assertTrue(complaint.startswith("server.api_keys_file: Others may read or change "), complaint)

    def test_not_regular(self) -> None:
        """A pipe would be waited at."""
        path = self.mktemp()
        os.mkfifo(path, 0o600)
        self.assertRaisesRegex(OSError, "no regular file", read_secret, path)

    def test_missing(self) -> None:
        """A file that is not there is a complaint."""
        environ = {"CLINVK_API_KEYS_FILE": "/nowhere"}
        [complaint] = self.assertRaises(ConfigError, load_config, "", environ).complaints
        self.assertIn("No such file", complaint)
