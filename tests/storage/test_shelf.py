"""The line of changes and questions, step by step, and what daemons that ended left."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from msgspec.structs import replace
from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import StoreFailed
from clinvoker.storage import changes, pending
from clinvoker.storage.shelf import StoreUnusable
from clinvoker.testing.store_case import SESSION, USED
from tests.storage.test_sqlite import PumpedStore

DONE = replace(SESSION, status="completed")


class ShelfTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "state.db"
        self.store = self.opened("me")

    def opened(self, owner: str) -> PumpedStore:
        """A store on the file, as if by another process."""
        store = PumpedStore(self.path, owner)
        store.open()
        return store

    def close(self, store: PumpedStore) -> None:
        closed = store.close()
        store.worker.pump()
        self.successResultOf(closed)

    def look(self, sql: str) -> list[tuple[object, ...]]:
        """What another program sees in the file."""
        other = sqlite3.connect(self.path)
        try:
            return other.execute(sql).fetchall()
        finally:
            other.close()

    def lock(self) -> sqlite3.Connection:
        """Write in another process and do not come to an end; our own patience ends at once."""
        self.store.shelf._connection.execute("PRAGMA busy_timeout = 0")
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        return other


class LineTests(ShelfTestCase):
    """Writes do not wait; questions see them."""

    def test_write_waits_for_nothing(self) -> None:
        """A change is in the kernel's hands when `put` returns, before any thread has done anything."""
        self.store.put_session(SESSION)
        self.assertEqual([], self.look("SELECT * FROM sessions"))
        [(number, data)] = pending.read(self.path.with_name("state.db.pending"), "me")
        self.assertEqual((1, changes.PutSession(SESSION)), (number, changes.decode(data)))

    def test_one_waking(self) -> None:
        """Many changes wake the worker once, and are one transaction."""
        for number in range(50):
            self.store.put_session(replace(SESSION, id=f"{number}"))
        self.assertEqual(1, len(self.store.worker.tasks))
        self.store.worker.pump()
        self.assertEqual([(50,)], self.look("SELECT applied FROM owners"))
        self.assertEqual([(50,)], self.look("SELECT count(*) FROM sessions"))

    def test_read_your_writes(self) -> None:
        """A question sees what was put before it and nothing that was put after it."""
        self.store.put_session(SESSION)
        first = self.store.session("ann", SESSION.id)
        self.store.put_session(DONE)
        second = self.store.session("ann", SESSION.id)
        self.assertNoResult(first)
        self.store.worker.pump()
        self.assertEqual("active", self.successResultOf(first).status)
        self.assertEqual("completed", self.successResultOf(second).status)

    def test_answer_comes_back(self) -> None:
        """The answer is given where the store is used, not in the thread."""
        asked = self.store.session_stats("ann")
        self.store.worker.tasks.popleft()()
        self.assertNoResult(asked)
        self.store.worker.pump()
        self.successResultOf(asked)

    def test_cancelled(self) -> None:
        """Who asked may leave."""
        asked = self.store.session_stats("ann")
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.store.worker.pump()

    def test_closed(self) -> None:
        """What was put before the end is written; nothing is left beside the file but its folder."""
        self.store.put_session(DONE)
        self.close(self.store)
        self.assertFalse(self.store.worker.running)
        self.assertEqual([("completed",)], self.look("SELECT status FROM sessions"))
        self.assertEqual([], list(self.path.with_name("state.db.pending").iterdir()))

    def test_put_after_the_end(self) -> None:
        """Is told, not kept, and hurts nobody."""
        self.close(self.store)
        self.store.put_session(DONE)
        self.assertEqual(0, len(self.store.worker.tasks))

    def test_asked_after_the_end(self) -> None:
        """Fails as it does whenever nothing can be read: connections outlive the store by a moment."""
        self.close(self.store)
        self.failureResultOf(self.store.session("ann", DONE.id), StoreFailed)

    def test_never_opened(self) -> None:
        """A store that never was opened can be closed."""
        self.successResultOf(PumpedStore(self.path, "other").close())


class RecoveryTests(ShelfTestCase):
    """Daemons that end without `close`.  A store that lets go of its files stands for a killed process."""

    def kill(self, store: PumpedStore) -> None:
        """Nothing more is carried out; the kernel lets go of the lock."""
        store.shelf._pending.close(empty=False)
        store.shelf._connection.close()

    def test_told_but_not_written(self) -> None:
        """What was put and not carried out is there for the next one, every kind of change, once."""
        self.store.put_session(DONE)
        self.store.add_usage(USED)
        self.store.worker.pump()
        self.store.add_usage(USED)
        self.store.put_session(replace(DONE, id="ff" * 16))
        self.kill(self.store)
        for owner in ("next", "after"):
            store = self.opened(owner)
            sessions, usage = store.session_stats("ann"), store.usage("ann")
            store.worker.pump()
            self.assertEqual(2, self.successResultOf(sessions).total)
            self.assertEqual([2], [row.requests for row in self.successResultOf(usage)])
            self.kill(store)

    def test_killed_while_recovering(self) -> None:
        """Changes carried out by one that was killed before it removed the files are not counted twice."""
        self.store.add_usage(USED)
        folder = self.path.with_name("state.db.pending")
        files = {path: path.read_bytes() for path in pending.paths(folder, "me")}
        self.kill(self.store)
        self.kill(self.opened("next"))
        for path, content in files.items():
            path.write_bytes(content)
        self.kill(self.opened("after"))
        self.assertEqual([(1,)], self.look("SELECT requests FROM usage"))

    def test_active(self) -> None:
        """What was under way in a dead process is failed, with a reason; what lives goes on."""
        living = self.opened("living")
        for store, identity in ((self.store, "aa"), (living, "bb")):
            store.put_session(replace(SESSION, id=identity))
            store.worker.pump()
        self.kill(self.store)
        store = self.opened("next")
        dead, alive = (store.session("ann", each) for each in ("aa", "bb"))
        store.worker.pump()
        failed = self.successResultOf(dead)
        self.assertEqual("failed", failed.status)
        self.assertIn("daemon ended", failed.error)
        self.assertEqual("active", self.successResultOf(alive).status)

    def test_swept(self) -> None:
        """A daemon that goes on sees to one that was killed beside it, without a restart."""
        other = self.opened("other")
        other.put_session(SESSION)
        self.kill(other)
        swept = self.store.sweep()
        self.store.worker.pump()
        self.successResultOf(swept)
        found = self.store.session("ann", SESSION.id)
        self.store.worker.pump()
        self.assertEqual("failed", self.successResultOf(found).status)

    def test_lost_files(self) -> None:
        """Somebody removed the files of a process that was killed: what was active is failed nevertheless."""
        self.store.put_session(SESSION)
        self.store.worker.pump()
        self.kill(self.store)
        pending.remove(pending.paths(self.path.with_name("state.db.pending"), "me"))
        self.opened("next")
        self.assertEqual([("failed",)], self.look("SELECT status FROM sessions"))

    def test_damaged(self) -> None:
        """A file that was damaged as its daemon ended is refused, and nothing that was told is removed."""
        for number in range(500):
            self.store.put_session(replace(DONE, id=f"{number:032}"))
        self.store.worker.pump()
        self.kill(self.store)
        self.look("PRAGMA wal_checkpoint(TRUNCATE)")
        with self.path.open("r+b") as file:
            file.seek(self.path.stat().st_size // 2 // 4096 * 4096)
            file.write(b"\xaa" * 8192)
        self.assertIn("Move it away", str(self.assertRaises(StoreUnusable, self.opened, "next")))
        self.assertEqual(
            {"me.0", "me.1"}, {path.name for path in self.path.with_name("state.db.pending").iterdir()}
        )

    def test_other_words(self) -> None:
        """Changes of a version with other words are not thrown away: it is said where they are."""
        self.store.shelf._pending.append(1, b"\xc1")
        self.kill(self.store)
        said = str(self.assertRaises(StoreUnusable, self.opened, "next"))
        self.assertIn("me.0", said)
        self.assertTrue(self.path.with_name("state.db.pending").joinpath("me.0").exists())
