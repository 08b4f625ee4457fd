"""Endpoints as they are described."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config.listening import with_backlog


class BacklogTests(SynchronousTestCase):
    def test_said(self) -> None:
        """What can have a backlog has one."""
        for listen in (
            "tcp:1:interface=127.0.0.1",
            "tcp6:1",
            "unix:/run/a\\:b:mode=660",
            "unix:address=/a",
            "ssl:port=1:certKey=/c",
        ):
            self.assertEqual(f"{listen}:backlog=9", with_backlog(listen, 9))

    def test_left_alone(self) -> None:
        """What says it itself, has none, or has no names for what it says is as it was."""
        for listen in (
            "tcp:1:backlog=5",
            "tcp:backlog=5:port=1",
            "tcp:1:127.0.0.1:5",
            "systemd:domain=INET:index=0",
            "http",
            "",
        ):
            self.assertEqual(listen, with_backlog(listen, 9))
