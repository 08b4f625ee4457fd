"""Private directories that are another user's."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.folder import Folder

NOBODY = pwd.getpwnam("nobody")


class OwnerTests(SynchronousTestCase):
    skip = None if os.geteuid() == 0 else "only root has directories of others"

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        for folder in (self.directory, *self.directory.parents):
            if not folder.stat().st_mode & 1:
                folder.chmod(folder.stat().st_mode | 0o711)
                self.addCleanup(folder.chmod, 0o700)
        self.secret = self.directory.parent / "secret"
        self.secret.mkdir(0o700)
        os.chown(self.directory, NOBODY.pw_uid, NOBODY.pw_gid)
        self.folder = Folder(str(self.directory))

    def test_owner(self) -> None:
        """What is written is its owner's, and it is removed."""
        self.folder.write("a/b", "text")
        path = self.directory / "a" / "b"
        self.assertEqual((NOBODY.pw_uid, "text"), (path.stat().st_uid, path.read_text()))
        self.folder.remove("a")
        self.assertFalse((self.directory / "a").exists())
        self.assertEqual(0, os.geteuid())

    def test_links(self) -> None:
        """A link that its owner made leads nowhere where he could not write himself."""
        (self.directory / "out").symlink_to(self.secret)
        self.assertRaises(PermissionError, self.folder.write, "out/file", "text")
        self.assertEqual([], os.listdir(self.secret))
        (self.secret / "file").touch()
        self.assertRaises(PermissionError, self.folder.remove, "out/file")
        self.assertEqual(["file"], os.listdir(self.secret))
