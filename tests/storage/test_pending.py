"""Changes on their way into the database, and what is read of them when their process is gone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.storage import pending
from clinvoker.storage.pending import TURN, Pending


class PendingTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.pending = Pending(self.folder, "me")
        self.pending.open()

    def sizes(self) -> list[int]:
        return [path.stat().st_size for path in pending.paths(self.folder, "me")]


class LifeTests(PendingTestCase):
    def test_read(self) -> None:
        """What was appended is there at once, in order."""
        self.pending.append(1, b"one")
        self.pending.append(2, b"")
        self.assertEqual([(1, b"one"), (2, b"")], pending.read(self.folder, "me"))
        self.pending.close(empty=False)

    def test_private(self) -> None:
        """Nobody else may read it."""
        modes = {path.stat().st_mode & 0o777 for path in self.folder.iterdir()}
        self.assertEqual({0o600}, modes)
        self.pending.close(empty=False)

    def test_closed(self) -> None:
        """Where the database has everything nothing is left; else everything is."""
        self.pending.append(1, b"one")
        self.pending.close(empty=True)
        self.assertEqual([], list(self.folder.iterdir()))

    def test_locked(self) -> None:
        """It can be seized once its process has let go, and by one only."""
        self.assertIsNone(pending.seized(self.folder, "me"))
        self.pending.close(empty=False)
        file = pending.seized(self.folder, "me")
        assert file is not None
        self.assertIsNone(pending.seized(self.folder, "me"))
        os.close(file)

    def test_gone(self) -> None:
        """One that another process has seen to is not seized again."""
        self.pending.close(empty=True)
        self.assertIsNone(pending.seized(self.folder, "me"))
        self.assertEqual([], pending.read(self.folder, "me"))


class TurnTests(PendingTestCase):
    """Two files in turn, so that neither grows for ever."""

    big = b"x" * (TURN // 2)

    def fill(self, *numbers: int) -> None:
        for number in numbers:
            self.pending.append(number, self.big)

    def tearDown(self) -> None:
        self.pending.close(empty=True)

    def test_turn(self) -> None:
        """Past its size the other is taken, and the full one emptied once the database has all of it."""
        self.fill(1, 2, 3)
        self.assertTrue(all(self.sizes()))
        self.pending.applied(1)
        self.assertTrue(all(self.sizes()))
        self.pending.applied(2)
        self.assertEqual(0, self.sizes()[0])
        self.assertEqual([3], [number for number, _ in pending.read(self.folder, "me")])

    def test_back(self) -> None:
        """After that it is the first one's turn again; whatever the turns, the order is that of numbers."""
        self.fill(1, 2, 3)
        self.pending.applied(2)
        self.fill(4, 5)
        self.assertTrue(all(self.sizes()))
        self.assertEqual([3, 4, 5], [number for number, _ in pending.read(self.folder, "me")])

    def test_behind(self) -> None:
        """While the database is behind nothing is emptied and nothing is lost."""
        self.fill(*range(1, 9))
        self.assertEqual(list(range(1, 9)), [number for number, _ in pending.read(self.folder, "me")])

    def test_bounded(self) -> None:
        """A database that keeps up keeps both small, through any number of changes."""
        for number in range(1, 60):
            self.fill(number)
            self.pending.applied(number)
        self.assertLess(max(self.sizes()), 2 * TURN)


class FullTests(SynchronousTestCase):
    def test_half_written(self) -> None:
        """Of a change that does not fit on the disk nothing remains, and the next is read."""
        folder = Path(self.mktemp())
        folder.mkdir()
        room = [100, 3, 100]
        full = Pending(folder, "me", lambda file, data: os.write(file, data[: room.pop(0)]))
        full.open()
        full.append(1, b"one")
        error = self.assertRaises(OSError, full.append, 2, b"two")
        self.assertEqual(errno.ENOSPC, error.errno)
        full.append(3, b"three")
        self.assertEqual([(1, b"one"), (3, b"three")], pending.read(folder, "me"))
        full.close(empty=True)


class ParsingTests(SynchronousTestCase):
    @given(st.lists(st.binary(max_size=50), max_size=5), st.integers(0, 400))
    def test_cut_anywhere(self, changes: list[bytes], end: int) -> None:
        """What was cut off while it was written is no change; all before it are."""
        told = list(enumerate(changes))
        records = [pending.HEAD.pack(n, len(d), pending.crc32(d)) + d for n, d in told]
        content = b"".join(records)[:end]
        whole = [i for i in range(len(records)) if len(b"".join(records[: i + 1])) <= end]
        self.assertEqual([told[i] for i in whole], list(pending.parsed(content)))

    def test_garbage(self) -> None:
        """What a loss of power left is read up to there."""
        good = pending.HEAD.pack(1, 3, pending.crc32(b"one")) + b"one"
        for garbage in (bytes(64), b"\xff" * 64, pending.HEAD.pack(2, 3, 0) + b"two"):
            parsed = list(pending.parsed(good + garbage))
            self.assertEqual((1, b"one"), parsed[0])
            self.assertNotIn((2, b"two"), parsed)
