"""The service within a command, on a machine that has no room for it."""

from __future__ import annotations

from typing import NoReturn

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.client import private
from clinvoker.client.exits import CONFIG, CommandFailed
from clinvoker.client.private import Private


class NoRoomTests(SynchronousTestCase):
    def test_told(self) -> None:
        """A sentence says what there is no room for, whichever call finds that out."""

        def full(*given: object, **named: object) -> NoReturn:
            raise OSError(28, "No space left on device")

        for name in ("mkdtemp", "gettempdir"):
            patched = self.patch(private, name, full)
            entered = Deferred.fromCoroutine(Private(None, "", "").__aenter__())
            error = self.failureResultOf(entered, CommandFailed).value
            self.assertEqual(CONFIG, error.exit_code)
            self.assertIn("No space left on device. Make room there, or set TMPDIR.", error.message)
            patched.restore()
