"""
The store with real threads, in processes of their own that are killed or get in each other's way.

A program answers prompts and tells of each; what it told must be there, whatever happened to it.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from clinvoker.config import Config
from clinvoker.errors import SessionNotFound
from clinvoker.records import SessionFilter
from clinvoker.service.storing import make_store
from clinvoker.settings import Keeping
from clinvoker.storage.threads import ThreadWorker
from clinvoker.testing.store_case import SESSION
from tests.real import store_program
from tests.storage.test_sqlite import PumpedStore

ENDLESS = 10**9


class StoreProcessTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp()).absolute() / "state.db"

    @contextmanager
    def program(self, owner: str, count: int) -> Iterator[subprocess.Popen[bytes]]:
        """The program, which is killed and reaped at the end."""
        command = [sys.executable, store_program.__file__, str(self.path), owner, str(count)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def store(self) -> Iterator[PumpedStore]:
        """The store as the next daemon has it."""
        store = PumpedStore(self.path, "reader", Keeping(days=0, sessions=0))
        store.open()
        try:
            yield store
        finally:
            store.close()
            store.worker.pump()

    def have(self, store: PumpedStore, awaited: Any) -> Any:
        store.worker.pump()
        return self.successResultOf(awaited)


class ThreadTests(TestCase):
    async def test_daemon(self) -> None:
        """The daemon's store, with the reactor and its thread: nothing is touched before it is opened."""
        home = Path(self.mktemp())
        store = make_store(reactor, Config(), Keeping(), {"CLINVK_HOME": str(home)})
        self.assertFalse(home.exists())
        store.open()
        for number in range(500):
            store.put_session(replace(SESSION, id=f"{number:032}"))
        found = await store.sessions("ann", SessionFilter(limit=1))
        self.assertEqual((500, 1), (found.total, len(found.sessions)))
        with self.assertRaises(SessionNotFound):
            await store.delete_session("ann", "f")
        await store.close()
        self.assertEqual({"state.db", "state.db.pending"}, {path.name for path in home.iterdir()})

    def test_bug(self) -> None:
        """A task that raises is logged and does not end the thread."""
        worker = ThreadWorker("test")
        worker.start()
        done = threading.Event()
        worker.do(self.fail_in_thread)
        worker.do(done.set)
        worker.stop()
        self.assertTrue(done.wait(10))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def fail_in_thread(self) -> None:
        raise ZeroDivisionError


class KillTests(StoreProcessTestCase):
    def test_kill(self) -> None:
        """Killed twenty times in the middle: each time the store opens and holds all that was told."""
        told: set[str] = set()
        for round_number in range(20):
            told |= self.killed_in_the_middle(f"{round_number:04x}")
            with self.store() as store:
                self.check(store, told)
        self.assertGreater(len(told), 1000)

    def killed_in_the_middle(self, owner: str) -> set[str]:
        """Let the program answer for a moment, kill it, and give what it told."""
        with self.program(owner, ENDLESS) as process:
            assert process.stdout is not None
            begun = process.stdout.readline()
            time.sleep(random.uniform(0, 0.1))
            process.kill()
            lines = (begun + process.stdout.read()).decode().split("\n")
        self.assertEqual("", lines.pop(), "a line is written whole")
        return set(lines)

    def check(self, store: PumpedStore, told: set[str]) -> None:
        sessions = self.have(store, store.sessions("ann", SessionFilter())).sessions
        completed = {session.id for session in sessions if session.status == "completed"}
        self.assertEqual(set(), told - completed)
        self.assertEqual({"completed", "failed"}, {session.status for session in sessions})
        for identity in random.sample(sorted(told), 5):
            [turn] = self.have(store, store.turns("ann", identity))
            self.assertEqual(store_program.SAID, turn.messages)
        # A killed process may have kept an answer and not told it yet, one at a time.
        [used] = self.have(store, store.usage("ann"))
        self.assertTrue(len(told) <= used.requests <= len(completed) <= len(told) + 20)


class TogetherTests(StoreProcessTestCase):
    def test_at_once(self) -> None:
        """Four daemons begin at once on a file that is not there: nothing of any is lost, or stopped."""
        owners = ("a", "b", "c", "d")
        self.answered(owners, 250)
        with self.store() as store:
            stats = self.have(store, store.session_stats("ann"))
            self.assertEqual({"completed": 1000}, dict(stats.by_status))
            [used] = self.have(store, store.usage("ann"))
            self.assertEqual(1000, used.requests)

    def answered(self, owners: tuple[str, ...], count: int) -> None:
        """Have programs answer together, each so many."""
        if not owners:
            return
        with self.program(owners[0], count) as process:
            self.answered(owners[1:], count)
            self.assertEqual(0, process.wait(60))
