"""The file: made whole, brought up to date, refused where it is not ours."""

from __future__ import annotations

import sqlite3
from errno import ENOSPC
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.storage import database
from clinvoker.storage.database import check, opened, scripts, statements, unusable
from clinvoker.storage.shelf import StoreUnusable

TWO = "ALTER TABLE sessions ADD COLUMN more TEXT NOT NULL DEFAULT 'x';\nCREATE TABLE t (a);\n"


class DatabaseTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "home" / "state.db"

    def open(self, *more: str) -> sqlite3.Connection:
        """Open with our schema and these further versions of it."""
        connection = opened(self.path, [*scripts(), *more], "token")
        self.addCleanup(connection.close)
        return connection

    def refused(self, *more: str) -> str:
        """Why it is not opened."""
        return str(self.assertRaises(StoreUnusable, self.open, *more))

    def beside(self) -> set[str]:
        """What lies there, but for SQLite's own files."""
        return {path.name for path in self.path.parent.iterdir() if path.suffix not in (".db-wal", ".db-shm")}


class ShutTests(DatabaseTestCase):
    def test_out_of_reach(self) -> None:
        """A file that cannot be reached is not called damaged: nobody is to move it away."""
        self.path.parent.mkdir(parents=True)
        self.path.mkdir()
        self.assertIn("set session.store to another file", self.refused())
        self.path = self.path / "file" / "below"
        (self.path.parent).touch()
        self.assertIn("set session.store to another file", self.refused())

    def test_damaged(self) -> None:
        """One that is no database is."""
        self.path.parent.mkdir(parents=True)
        self.path.write_text("garbage" * 1000)
        self.assertIn("Move it away", self.refused())

    def test_full(self) -> None:
        """Where there is no room, that is what is to be seen to."""
        for error in (sqlite3.OperationalError("database or disk is full"), OSError(ENOSPC, "No space left")):
            said = str(unusable(self.path, error))
            self.assertIn("Make room", said)
            self.assertNotIn("user", said)


class MakingTests(DatabaseTestCase):
    def test_made(self) -> None:
        """It is made with its directory, for the owner only, and nothing lies beside it."""
        self.open()
        self.assertEqual({"state.db"}, self.beside())
        self.assertEqual(0o600, self.path.stat().st_mode & 0o777)
        self.assertEqual(0o700, self.path.parent.stat().st_mode & 0o777)

    def test_modes(self) -> None:
        """F144: so are the files beside it; a file that was opened to others is closed to them."""
        self.open().close()
        self.path.chmod(0o644)
        connection = self.open()
        connection.execute("CREATE TABLE t (a)")
        self.assertEqual({0o600}, {path.stat().st_mode & 0o777 for path in self.path.parent.iterdir()})

    def test_settings(self) -> None:
        """A write-ahead log, so that readers and writers of several processes do not wait for each other."""
        connection = self.open()
        read = [
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        ]
        self.assertEqual(["wal", 1], read)

    def test_whole_or_not_at_all(self) -> None:
        """Where the schema fails there is no file."""
        self.refused("CREATE TABLE sessions (id);")
        self.assertEqual(set(), self.beside())

    def test_two_at_once(self) -> None:
        """Where another process was quicker its file is taken."""
        self.open().execute("CREATE TABLE t (a)")
        database._create(self.path, scripts(), "other")
        self.assertEqual([], self.open().execute("SELECT * FROM t").fetchall())

    def test_no_directory(self) -> None:
        """The sentence names the path and has the system's words."""
        self.path.parent.parent.mkdir()
        self.path.parent.write_text("a file")
        said = self.refused()
        self.assertIn(str(self.path), said)
        self.assertIn("File exists", said)


class UpgradeTests(DatabaseTestCase):
    def test_upgrade(self) -> None:
        """A new version is applied once, to what is there, after a copy was made of that."""
        self.open().execute("INSERT INTO owners VALUES ('me', 7)")
        upgraded = self.open(TWO)
        self.assertEqual([("me", 7)], upgraded.execute("SELECT * FROM owners").fetchall())
        self.assertEqual([], upgraded.execute("SELECT more FROM sessions").fetchall())
        self.assertEqual({"state.db", "state.db.version-1"}, self.beside())
        self.open(TWO)

    def test_copy(self) -> None:
        """The copy is the database as it was, also for its owner only, and of use to the older version."""
        self.open().execute("INSERT INTO owners VALUES ('me', 7)")
        self.open(TWO)
        copy = self.path.with_name("state.db.version-1")
        self.assertEqual(0o600, copy.stat().st_mode & 0o777)
        self.path = copy
        self.assertEqual([("me", 7)], self.open().execute("SELECT * FROM owners").fetchall())

    def test_failed(self) -> None:
        """An upgrade that fails in the middle leaves everything as it was."""
        self.open().close()
        self.refused("CREATE TABLE t (a); CREATE TABLE t (b);")
        names = self.open().execute("SELECT name FROM sqlite_master WHERE name = 't'").fetchall()
        self.assertEqual([], names)

    def test_statements(self) -> None:
        """A script is cut where its statements end, not inside texts and comments."""
        script = "-- a; b\nCREATE TABLE t (\n  a TEXT DEFAULT ';'\n);\nCREATE TABLE u (b);\n"
        self.assertEqual(2, len(list(statements(script))))


class RefusalTests(DatabaseTestCase):
    def test_newer(self) -> None:
        """What a newer version wrote is not touched."""
        self.open(TWO).close()
        self.assertIn("newer version (schema 2, this one knows 1)", self.refused())

    def test_foreign(self) -> None:
        """A database of some other program is left alone."""
        self.path.parent.mkdir(parents=True)
        with sqlite3.connect(self.path) as other:
            other.execute("CREATE TABLE theirs (a)")
        other.close()
        self.assertIn("another program", self.refused())

    def test_no_database(self) -> None:
        """A file of anything else."""
        self.path.parent.mkdir(parents=True)
        self.path.write_bytes(b"not a database, but long enough to be looked at" * 100)
        self.assertIn("not a database", self.refused())

    def test_damaged(self) -> None:
        """Damage in the middle is found by looking at the whole."""
        connection = self.open()
        for number in range(2000):
            connection.execute("INSERT INTO owners VALUES (?, 1)", (f"{number:064}",))
        connection.close()
        with self.path.open("r+b") as file:
            file.seek(self.path.stat().st_size // 2 // 4096 * 4096)
            file.write(b"\xaa" * 8192)
        connection = self.open()
        error = self.assertRaises(StoreUnusable, check, connection, self.path)
        self.assertIn("Move it away", str(error))
