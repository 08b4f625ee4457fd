"""What happens where the file cannot be written."""

from __future__ import annotations

import sqlite3
from errno import ENOSPC
from pathlib import Path

from msgspec.structs import replace
from twisted.logger import LogLevel, capturedLogs, formatEvent

from clinvoker.errors import StoreFailed
from clinvoker.model import Usage
from clinvoker.storage import sqlite_shelf
from clinvoker.storage.shelf import StoreUnusable
from tests.storage.test_shelf import DONE, ShelfTestCase
from tests.storage.test_sqlite import PumpedStore


def full(number: int, data: bytes) -> None:
    raise OSError(ENOSPC, "No space left on device")


class FailureTests(ShelfTestCase):
    """While another process holds the file, or the disk is full."""

    def test_waits(self) -> None:
        """What cannot be written is kept, told as trouble without its place, and written the next time."""
        other = self.lock()
        self.store.put_session(DONE)
        asked = self.store.session("ann", DONE.id)
        self.store.worker.pump()
        error = self.failureResultOf(asked, StoreFailed).value
        self.assertIn("locked", str(error))
        self.assertNotIn(str(self.path), str(error))
        self.assertEqual(str(error), self.store.trouble)
        other.execute("ROLLBACK")
        asked = self.store.session("ann", DONE.id)
        self.store.worker.pump()
        self.assertEqual(DONE, self.successResultOf(asked))
        self.assertEqual("", self.store.trouble)

    def test_once_in_a_row(self) -> None:
        """A failing file is tried once for all that is in line, not once for each: patience is long."""
        self.lock()
        for _ in range(3):
            self.store.put_session(DONE)
            asked = self.store.session("ann", DONE.id)
            asked.addErrback(lambda failure: failure.trap(StoreFailed))
        self.store.worker.pump()
        self.assertEqual([3], [len(self.store.shelf._unwritten)])

    def test_in_portions(self) -> None:
        """What waited is written a part at a time: a disk that has a little room again takes a little."""
        self.patch(sqlite_shelf, "BATCH", 10)
        other = self.lock()
        for number in range(35):
            self.store.put_session(replace(DONE, id=f"{number:032}"))
        self.store.worker.pump()
        other.execute("ROLLBACK")
        committed: list[str] = []
        self.store.shelf._connection.set_trace_callback(committed.append)
        asked = self.store.session_stats("ann")
        self.store.worker.pump()
        self.assertEqual(35, self.successResultOf(asked).total)
        self.assertEqual(4, committed.count("COMMIT"))

    def test_end_in_trouble(self) -> None:
        """A daemon that ends then leaves its changes to the next one, which carries them out."""
        self.lock().execute("SELECT 1")
        self.store.put_session(DONE)
        closed = self.store.close()
        other = self.store.shelf._connection
        self.store.worker.pump()
        self.successResultOf(closed)
        self.assertRaises(sqlite3.ProgrammingError, other.execute, "SELECT 1")
        self.assertEqual(2, len(list(self.path.with_name("state.db.pending").iterdir())))

    def test_end_without_room(self) -> None:
        """A daemon that ends then and could not note its changes beside the file tells how many are lost."""
        self.lock()
        self.store.put_session(DONE)
        self.patch(self.store.shelf._pending, "append", full)
        for _ in range(2):
            self.store.put_session(DONE)
        with capturedLogs() as events:
            self.close(self.store)
        [told] = [event for event in events if event["log_level"] == LogLevel.critical]
        self.assertIn("2 changes are not kept: The store cannot be written", formatEvent(told))

    def test_poison(self) -> None:
        """A change that no database takes costs itself only."""
        self.store.put_session(replace(DONE, id="a"))
        self.store.put_session(replace(DONE, id="b", usage=Usage(input=2**63)))
        self.store.put_session(replace(DONE, id="c"))
        self.store.worker.pump()
        self.assertEqual([("a",), ("c",)], self.look("SELECT id FROM sessions ORDER BY id"))
        self.assertEqual("", self.store.trouble)

    def test_bound(self) -> None:
        """What waits for a file that cannot be written is bounded; the rest is told as lost."""
        self.patch(sqlite_shelf, "MOST", 2000)
        self.lock()
        with capturedLogs() as events:
            for _ in range(100):
                self.store.put_session(DONE)
        why = formatEvent(events[0])
        self.assertRegex(
            why, r"PutSession is not kept: [\d,]+ bytes wait for the disk, and no more than 2,000 may"
        )
        self.store.worker.pump()
        self.assertTrue(0 < len(self.store.shelf._unwritten) < 10)

    def test_no_folder(self) -> None:
        """Where changes cannot even be told before, the store cannot be used."""
        path = Path(self.mktemp()) / "state.db"
        path.parent.mkdir()
        path.with_name("state.db.pending").write_text("a file")
        self.assertIn("File exists", str(self.assertRaises(StoreUnusable, PumpedStore(path, "x").open)))
