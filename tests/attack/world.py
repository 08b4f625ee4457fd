"""What happens to a daemon meanwhile: to its programs, its guardian, its store, its disk, its clock."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import attrs

from tests.attack.disks import SmallDisk
from tests.attack.shifting import DAY, HOUR, Clock
from tests.real.daemon import Daemon

ENDS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV)


@attrs.define
class World:
    """`store` is the daemon's, which has a disk and a clock of its own where a test can have them."""

    daemon: Daemon
    store: Path
    disk: SmallDisk | None
    clock: Clock | None
    over: threading.Event

    def torment(self, seed: float) -> None:
        """Until it is over; then all is as it should be."""
        chance = random.Random(seed)
        kinds = [(self.kill, 8), (self.freeze, 4), (self.reload, 4), (self.lock, 2), (self.guardian, 1)]
        kinds += [(self.fill, 2)] if self.disk else []
        kinds += [(self.jump, 3)] if self.clock else []
        happening, weights = zip(*kinds, strict=True)
        while not self.over.wait(chance.uniform(0.05, 0.5)):
            chance.choices(happening, weights)[0](chance)
        if self.clock:
            self.clock.set(0)

    def kill(self, chance: random.Random) -> None:
        """A program ends."""
        end(self.one_of(b"CLINVOKER_RUN=", chance), chance.choice(ENDS))

    def guardian(self, chance: random.Random) -> None:
        """What ends programs that outlive the daemon ends itself."""
        found = [pid for pid in self.daemon.children() if b"guardian_program" in read(pid, "cmdline")]
        end(chance.choice([0, *found]), signal.SIGKILL)

    def freeze(self, chance: random.Random) -> None:
        """A program hears nothing for a while, perhaps for longer than anybody waits."""
        pid = self.one_of(b"CLINVOKER_RUN=", chance)
        end(pid, signal.SIGSTOP)
        self.over.wait(chance.uniform(0.1, 4))
        end(pid, signal.SIGCONT)

    def reload(self, chance: random.Random) -> None:
        """The configuration is read anew."""
        self.daemon.signal(signal.SIGHUP)

    def lock(self, chance: random.Random) -> None:
        """Another process holds the store."""
        with closing(sqlite3.connect(self.store, timeout=5)) as other, suppress(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
            self.over.wait(0.5)
            other.rollback()

    def fill(self, chance: random.Random) -> None:
        """There is no room, neither for the store nor for programs."""
        assert self.disk is not None
        self.disk.fill()
        self.over.wait(chance.uniform(0.2, 2))
        self.disk.clear()

    def jump(self, chance: random.Random) -> None:
        """The clock of the wall is set."""
        assert self.clock is not None
        epoch = 5 - int(time.time())
        self.clock.set(chance.choice((HOUR, -HOUR, DAY, -DAY, 3650 * DAY, epoch, 0)))

    def one_of(self, mark: bytes, chance: random.Random) -> int:
        """A process whose environment holds that; 0 where there is none."""
        found = [pid for pid in self.daemon.children() if mark in read(pid, "environ")]
        return chance.choice(found) if found else 0


def end(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, if it is one and lives."""
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def read(pid: int, name: str) -> bytes:
    """A file of /proc's."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
