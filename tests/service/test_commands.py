"""Commands that print something and end."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.service import examination
from clinvoker.service.commands import MOST_BYTES, TooMuch, output_of
from clinvoker.service.examination import version_of
from tests.real.children import wait_for

ENVIRON = {"PATH": os.environ["PATH"]}


class CommandTests(SynchronousTestCase):
    def script(self, text: str) -> str:
        path = Path(self.mktemp()).absolute()
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    def test_printed(self) -> None:
        """What it says, where, and how it ends."""
        path = self.script("echo 1.0; echo odd >&2; exit 3")
        self.assertEqual((3, b"1.0\n", b"odd\n"), output_of([path], ENVIRON, 9))

    def test_too_much(self) -> None:
        """No more is kept of it than so much."""
        self.assertRaises(TooMuch, output_of, [self.script("yes")], ENVIRON, 9)
        path = self.script(f"head -c {MOST_BYTES} /dev/zero")
        self.assertEqual(MOST_BYTES, len(output_of([path], ENVIRON, 9)[1]))

    def test_version(self) -> None:
        """The first line of a program's version, wherever it says it; none of what cannot be executed."""
        self.assertEqual("1.0 beta", version_of(ENVIRON, self.script("echo 1.0 beta >&2; echo more >&2")))
        self.assertEqual("", version_of(ENVIRON, "/dev/null"))

    def test_hangs(self) -> None:
        """A program that tells no version is ended, with its children."""
        self.patch(examination, "VERSION_SECS", 0.3)
        left = Path(self.mktemp()).absolute()
        path = self.script(f"trap '' TERM; sleep 99 & echo $! $$ > {left}; wait")
        self.assertEqual("", version_of(ENVIRON, path))
        for number in left.read_text().split():
            wait_for(lambda number=number: not Path(f"/proc/{number}/cmdline").exists(), 5, "it has ended")
