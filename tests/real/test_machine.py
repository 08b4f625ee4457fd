"""What `runs` reads of the machine, and how a start gives way to others: on real processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.runs import memory, priority
from tests.real.children import first_line, resident

MEGABYTE = 1024 * 1024
# Takes forty megabytes in a thread's child, and says so.
FAMILY = (
    "import subprocess, sys, threading, time\n"
    "child = \"x = b'x' * 40_000_000; print('here', flush=True); import time; time.sleep(60)\"\n"
    "threading.Thread(target=lambda: subprocess.run([sys.executable, '-c', child])).start()\n"
)


class MachineTestCase(SynchronousTestCase):
    def start(self, code: str) -> subprocess.Popen[bytes]:
        """A process that leads a group."""
        arguments = [sys.executable, "-c", code]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(self.end, process)
        first_line(process)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class MemoryTests(MachineTestCase):
    def test_family(self) -> None:
        """The memory of descendants counts, whichever thread started them."""
        process = self.start(FAMILY)
        own = resident(process.pid) * 1024
        self.assertGreater(memory.resident(process.pid), own + 40 * MEGABYTE)

    def test_gone(self) -> None:
        """What has ended takes nothing."""
        self.assertEqual(0, memory.resident(999_999_999))

    def test_available(self) -> None:
        """The machine has some left, and not more than there is."""
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self.assertTrue(MEGABYTE < memory.available() < there)


class PriorityTests(MachineTestCase):
    threads = (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\nprint(1, flush=True)\n"
    )

    def niceness(self, pid: int) -> set[int]:
        """Of all its threads."""
        return {os.getpriority(os.PRIO_PROCESS, int(task)) for task in os.listdir(f"/proc/{pid}/task")}

    def test_gives_way_and_goes_on(self) -> None:
        """All threads give way and all come back; where they could not come back they never give way."""
        process = self.start(self.threads)
        own = os.getpriority(os.PRIO_PROCESS, 0)
        priority.give_way(process.pid)
        nicer = {min(own + 10, 19)} if priority.can_be_undone() else {own}
        self.assertEqual(nicer, self.niceness(process.pid))
        priority.go_on(process.pid)
        self.assertEqual({own}, self.niceness(process.pid))

    def test_gone(self) -> None:
        """A process that has just ended is let be."""
        process = self.start("print(1, flush=True)")
        process.wait()
        priority.give_way(process.pid)
        priority.go_on(process.pid)
