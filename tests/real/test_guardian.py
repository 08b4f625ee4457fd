"""The guardian with real processes: it ends the programs of a daemon that has ended, and holds nobody up."""

import errno
import os
import signal
import sys
from tempfile import mkdtemp

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from clinvoker.runs.child import Child
from clinvoker.runs.guardian import Guardian
from tests.real.test_children import Heard, gone


class GuardianTests(TestCase):
    timeout = 30
    # Starts a group with a member that made its own session, and tells both pids.
    family = (
        "import os, time, subprocess, sys\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "p = subprocess.Popen(sleep, start_new_session=True)\n"
        "print('{\"pid\": %d}' % p.pid, flush=True)\ntime.sleep(60)"
    )

    async def start(self, guardian: Guardian) -> tuple[Heard, int, int]:
        heard = Heard()
        environment = {Guardian.variable: "word-for-a-test"}
        child = Child(reactor, heard, (sys.executable, "-c", self.family), environment, "/")  # type: ignore[arg-type]
        assert child.pid is not None
        guardian.add(child.pid, "word-for-a-test")
        await heard.first
        return heard, child.pid, heard.records[0]["pid"]  # type: ignore[return-value]

    async def test_daemon_dies(self) -> None:
        """When the daemon's end of the pipe closes, every descendant ends and the directory goes."""
        directory = mkdtemp()
        guardian = Guardian(directory)
        heard, pid, escaped = await self.start(guardian)
        await deferToThread(guardian.stop)
        self.assertEqual("signal 9", await heard.over)
        self.assertTrue(await gone(pid) and await gone(escaped))
        self.assertFalse(os.path.exists(directory))

    async def test_agent_ends(self) -> None:
        """When an agent has ended, what escaped from its group ends too."""
        guardian = Guardian(mkdtemp())
        heard, pid, escaped = await self.start(guardian)
        heard.kill()
        await heard.over
        guardian.remove(pid)
        self.assertTrue(await gone(escaped))
        guardian.stop()

    async def test_no_guardian(self) -> None:
        """One that cannot be started raises nothing, and the next is told of everybody."""
        guardian = Guardian(mkdtemp())

        def refused() -> None:
            raise OSError(errno.EMFILE, "Too many open files")

        refusing = self.patch(guardian, "_start", refused)
        heard, _, _ = await self.start(guardian)
        refusing.restore()
        guardian.add(999_999_999, "nobody")
        await deferToThread(guardian.stop)
        self.assertEqual("signal 9", await heard.over)

    async def test_guardian_dies(self) -> None:
        """A guardian that was killed is replaced, and the new one knows everything."""
        guardian = Guardian(mkdtemp())
        heard, _, escaped = await self.start(guardian)
        assert guardian._process is not None
        os.kill(guardian._process.pid, signal.SIGKILL)
        guardian._process.wait()
        guardian.add(999_999_999, "nobody")
        await deferToThread(guardian.stop)
        self.assertEqual("signal 9", await heard.over)
        self.assertTrue(await gone(escaped))

    async def test_guardian_hangs(self) -> None:
        """One that reads nothing holds nobody up: it is replaced, and the new one knows everything."""
        guardian = Guardian(mkdtemp())
        heard, _, escaped = await self.start(guardian)
        hanging = guardian._process
        assert hanging is not None
        os.kill(hanging.pid, signal.SIGSTOP)
        self.addCleanup(hanging.kill)

        def tell() -> None:
            for _ in range(3000):
                guardian.add(999_999_999, "nobody")

        await deferToThread(tell).addTimeout(10, reactor)
        self.assertEqual(-signal.SIGKILL, hanging.wait(5))
        await deferToThread(guardian.stop)
        self.assertEqual("signal 9", await heard.over)
        self.assertTrue(await gone(escaped))

    async def test_end_does_not_hang(self) -> None:
        """Nor does one at the daemon's end."""
        self.patch(Guardian, "stop_secs", 0.5)
        directory = mkdtemp()
        guardian = Guardian(directory)
        guardian.add(999_999_999, "nobody")
        assert guardian._process is not None
        os.kill(guardian._process.pid, signal.SIGSTOP)
        self.addCleanup(guardian._process.kill)
        await deferToThread(guardian.stop).addTimeout(10, reactor)
        self.assertIsNone(guardian._process)
