"""Processes that cannot be started, through no fault of their program."""

from __future__ import annotations

import errno
from typing import Any, cast

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BackendMissing, BackendUnusable
from clinvoker.model import Launch
from clinvoker.runs import spawning
from clinvoker.runs.confining import Free
from clinvoker.runs.guardian import Guardian
from clinvoker.runs.spawning import Spawner
from clinvoker.testing.backend import PlainBackend

LAUNCH = Launch(key="k", arguments=("plain",))


class FailingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.removed: list[str] = []
        self.directory = self.mktemp()
        nowhere = Guardian(self.directory)
        self.spawner = Spawner(
            cast(Any, None),  # nothing gets as far as to the reactor
            Clock(),
            self.directory,
            Free({"PATH": "/bin:/usr/bin"}),
            Free({"PATH": "/bin:/usr/bin"}),
            {},
            nowhere,
            lambda: "word",
            self.removed.append,
        )

    def fails(self, error: Exception) -> None:
        def child(*given: object) -> None:
            raise error

        self.patch(spawning, "Child", child)
        self.patch(PlainBackend, "program", "sh")

    def test_no_directory(self) -> None:
        """Where no private directory can be made, the agent tells, and another one may be luckier."""
        agent = self.spawner.spawn(PlainBackend(), LAUNCH)
        self.failureResultOf(agent.when_ready(), BackendUnusable)
        self.successResultOf(agent.when_gone())

    def test_short_of_something(self) -> None:
        """A machine that is short of something for now does not make a program missing."""
        spawning.os.mkdir(self.directory)
        for number in (errno.EMFILE, errno.EAGAIN, errno.ENOMEM):
            self.fails(OSError(number, "Too little"))
            agent = self.spawner.spawn(PlainBackend(), LAUNCH)
            error = self.failureResultOf(agent.when_ready(), BackendUnusable)
            self.assertIn("Too little", str(error.value))
        self.assertEqual(3, len(self.removed))

    def test_not_startable(self) -> None:
        """What is no program, or cannot be said to one, is told by the agent too."""
        spawning.os.mkdir(self.directory)
        for error in (OSError(errno.ENOEXEC, "Exec format error"), ValueError("embedded null byte")):
            self.fails(error)
            agent = self.spawner.spawn(PlainBackend(), LAUNCH)
            self.failureResultOf(agent.when_ready(), BackendMissing)
