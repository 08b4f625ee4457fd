"""What this machine holds programs by, and what it says where it cannot."""

from __future__ import annotations

import os
import pwd
import shutil
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import ConfigError
from clinvoker.config.confining import Confinement
from clinvoker.model import Launch
from clinvoker.runs.confining import Confined
from clinvoker.service import confining
from clinvoker.service.confining import as_user, confined, limit_words, possible, scope_words, user_words

NOBODY = pwd.getpwnam("nobody")
ENVIRON = {
    "PATH": "/usr/bin:/bin:/home/me/bin",
    "HOME": "/home/me",
    "XDG_RUNTIME_DIR": "/run/user/7",
    "LANG": "C",
}


class HintTests(SynchronousTestCase):
    def test_told(self) -> None:
        """What a unit of systemd's, or a container, has in the way of boxes is named."""
        folder = self.mktemp()
        os.mkdir(folder)
        for said, setting in (
            ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "ProtectKernelTunables=no"),
            ("bwrap: No permissions to create new namespace, likely because", "RestrictNamespaces=no"),
            ("bwrap: Can't read /proc/sys/kernel/overflowuid: No such file or directory", "no ProcSubset="),
        ):
            fake = os.path.join(folder, "bwrap")
            with open(fake, "w") as file:
                file.write(f'#!/bin/sh\necho "{said}" >&2\nexit 1\n')
            os.chmod(fake, 0o755)
            environ = {**ENVIRON, "PATH": f"{os.path.abspath(folder)}:/usr/bin:/bin"}
            error = self.assertRaises(ConfigError, confined, Confinement(bubblewrap=True), environ)
            self.assertIn(setting, error.complaints[0])
            self.assertIn(said, error.complaints[0])


class WordsTests(SynchronousTestCase):
    def test_scope(self) -> None:
        """What is of all that a program starts."""
        wanted = Confinement(
            scope="system",
            memory=100,
            processes=9,
            cpu_percent=50,
            network=False,
            properties=("Slice=x.slice",),
        )
        self.assertEqual(
            [
                *("--scope", "--system", "--quiet", "--collect"),
                *("--property=MemoryMax=100M", "--property=MemorySwapMax=0", "--property=CPUQuota=50%"),
                *("--property=TasksMax=9", "--property=IPAddressDeny=any", "--property=Slice=x.slice", "--"),
            ],
            [*scope_words(wanted)],
        )
        self.assertEqual([], limit_words(wanted))
        self.assertEqual(
            ["--scope", "--user", "--quiet", "--collect", "--"], [*scope_words(Confinement(scope="user"))]
        )

    def test_limits(self) -> None:
        """What is of each process: hard, so that it cannot raise it."""
        wanted = Confinement(user="x", memory=1, processes=9, cpu_secs=5, open_files=64, file_size=2)
        self.assertEqual(
            [
                "--data=1048576:1048576",
                "--nproc=9:9",
                "--cpu=5:5",
                "--nofile=64:64",
                "--fsize=2097152:2097152",
            ],
            limit_words(wanted),
        )

    def test_user(self) -> None:
        """Nothing is left by which one becomes another."""
        words = [*user_words(NOBODY)]
        for word in (f"--reuid={NOBODY.pw_uid}", "--init-groups", "--no-new-privs", "--bounding-set=-all"):
            self.assertIn(word, words)

    def test_environment(self) -> None:
        """Another user's home and name, nothing of the daemon's user's own."""
        expected = {
            "PATH": "/usr/bin:/bin",
            "HOME": NOBODY.pw_dir,
            "SHELL": NOBODY.pw_shell,
            "USER": "nobody",
            "LOGNAME": "nobody",
            "LANG": "C",
        }
        self.assertEqual(expected, as_user(ENVIRON, NOBODY))


class MachineTests(SynchronousTestCase):
    def complaint(self, **wanted: Any) -> str:
        error = self.assertRaises(ConfigError, confined, Confinement(**wanted), ENVIRON)
        return "\n".join(error.complaints)

    def test_nothing(self) -> None:
        """By default nothing is started by another, or looked for."""
        self.patch(shutil, "which", lambda name, path: self.fail(name))
        held = confined(Confinement(), ENVIRON)
        self.assertEqual(
            (ENVIRON, ()), (held.environ, held.around("/bin/x", Launch(key="", arguments=("x",))))
        )

    def test_missing(self) -> None:
        """Programs that are not there are all told, with what they are for and where they come from."""
        self.patch(shutil, "which", lambda name, path: None)
        told = self.complaint(scope="user", bubblewrap=True, open_files=9)
        for word in (
            "scope: There is no systemd-run",
            "bubblewrap: There is no bwrap",
            "no prlimit",
            "util-linux",
        ):
            self.assertIn(word, told)

    def test_refused(self) -> None:
        """What the machine does not do is found out before any program runs, in the words of who refused."""
        held = Confined(ENVIRON, before=("/bin/sh", "-c", "echo first; echo it is shut >&2; exit 4"))
        self.assertEqual("it is shut", confining._trouble(held))
        self.assertEqual("exit status 1", confining._trouble(Confined(ENVIRON, before=("/bin/false",))))
        self.assertIn("No such file", confining._trouble(Confined(ENVIRON, before=("/bin/not-there",))))
        self.patch(confining, "_trouble", lambda held: "it is shut")
        self.patch(shutil, "which", lambda name, path: f"/bin/{name}")
        self.assertIn("it is shut", self.complaint(bubblewrap=True))
        self.assertIn(
            ("bubblewrap", "A program that is to run so cannot be started: it is shut"), [*possible(ENVIRON)]
        )

    def test_user(self) -> None:
        """Somebody that there is, who is not root, and only where the daemon is root's."""
        self.assertIn("no user", self.complaint(user="nobody-at-all"))
        self.assertIn("root", self.complaint(user="root"))
        self.patch(os, "geteuid", lambda: 1000)
        self.assertIn("runs as root", self.complaint(user="nobody"))
