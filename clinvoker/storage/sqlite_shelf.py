"""
Tables in a file, which one thread writes and reads.

Changes and questions go to the thread in one line, so that a question sees every change before it.  The
thread takes what is there: all changes up to a question go into one transaction.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import attrs
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from clinvoker.errors import StoreFailed
from clinvoker.storage import pending
from clinvoker.storage.changes import Change
from clinvoker.storage.database import check, opened, scripts, unusable
from clinvoker.storage.recovery import recover
from clinvoker.storage.sqlite import SqliteTables, passes, transaction
from clinvoker.storage.tables import Tables
from clinvoker.storage.threads import Worker

Thing = TypeVar("Thing")
WayBack = Callable[[Callable[[], None]], object]

# Changes in one transaction.
BATCH = 256

# Bytes of changes that may wait for the database; then one more is taken, however large.
MOST = 64 * 1024 * 1024


@attrs.frozen
class Put:
    """A change in line; `noted` if it is in the files beside the database until it is in that."""

    number: int
    change: Change
    size: int
    noted: bool


@attrs.frozen
class Question:
    """A question in line, and who waits for the answer; asked `anyway`, or only once changes are written."""

    ask: Callable[[], Any]
    answer: Deferred[Any]
    anyway: bool = False


class SqliteShelf:
    """
    The tables in the file at `path`.

    `owner` is unique to this process: letters and digits.  `worker` does what touches the database, and
    `way_back` has what follows from it done where the store is used.
    """

    _log = Logger()

    def __init__(self, path: Path, owner: str, worker: Worker, way_back: WayBack) -> None:
        self.trouble = ""
        self._path = path
        self._owner = owner
        self._worker = worker
        self._way_back = way_back
        self._folder = path.with_name(f"{path.name}.pending")
        self._pending = pending.Pending(self._folder, owner)
        self._line: deque[Put | Question] = deque()
        self._awake = False
        self._number = 0
        self._taken = 0  # bytes, ever; written by this side only
        self._done = 0  # bytes, ever; written by the worker only
        self._unwritten: list[Put] = []  # the worker's
        self._open = False

    def open(self) -> None:
        connection = opened(self._path, scripts(), self._owner)
        try:
            self._make_ready(connection)
        except BaseException as error:
            connection.close()
            self._pending.close(empty=True)
            if isinstance(error, sqlite3.Error | OSError):
                raise unusable(self._path, error) from error
            raise
        self._connection = connection
        self._tables = SqliteTables(connection, self._owner)
        self._open = True
        self._worker.start()

    def _make_ready(self, connection: sqlite3.Connection) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if pending.owners(self._folder):  # some daemon did not close the store; perhaps the power failed
            check(connection, self._path)
        self._pending.open()
        recover(connection, self._folder, self._owner)

    def write(self, change: Change, data: bytes) -> None:
        waiting = self._taken - self._done
        if not self._open or waiting > MOST:
            much = f"{waiting:,} bytes wait for the disk, and no more than {MOST:,} may"
            why = (self.trouble or much) if self._open else "the store is not open"
            self._log.critical("{kind} is not kept: {why}", kind=type(change).__name__, why=why)
            return
        self._number += 1
        self._taken += len(data)
        self._enqueue(Put(self._number, change, len(data), self._noted(data)))

    def _noted(self, data: bytes) -> bool:
        try:
            self._pending.append(self._number, data)
        except OSError as error:  # the database may have room, or have it in time
            self._log.error("{path} cannot be written: {error}", path=self._folder, error=error)
            return False
        return True

    def ask(self, question: Callable[[Tables], Thing]) -> Deferred[Thing]:
        if not self._open:  # a client that is still connected while the daemon ends
            return fail(StoreFailed("The store is closed: the daemon is shutting down."))
        return self._in_turn(lambda: question(self._tables))

    def recover(self) -> Deferred[None]:
        return self._in_turn(lambda: recover(self._connection, self._folder, self._owner))

    def close(self) -> Deferred[None]:
        if not self._open:
            return succeed(None)
        self._open = False
        closed = self._in_turn(self._let_go, anyway=True)
        self._worker.stop()
        return closed

    def _in_turn(self, ask: Callable[[], Thing], anyway: bool = False) -> Deferred[Thing]:
        answer: Deferred[Thing] = Deferred()
        self._enqueue(Question(ask, answer, anyway))
        return answer

    def _enqueue(self, job: Put | Question) -> None:
        self._line.append(job)
        if not self._awake:
            self._awake = True
            self._worker.do(self._drain)

    # --- What the worker does

    def _drain(self) -> None:
        """Carry out all that is in line.  Once changes could not be written, they wait for the next time."""
        self._awake = False  # before the line is looked at: what comes from now on has us called again
        failure: StoreFailed | None = None
        while self._line:
            job = self._line.popleft()
            if isinstance(job, Put):
                self._unwritten.append(job)
            if isinstance(job, Question) or not self._line or len(self._unwritten) >= BATCH:
                failure = failure or self._write()
            if isinstance(job, Question):
                self._answer(job, failure)

    def _write(self) -> StoreFailed | None:
        """Write what is unwritten, as many changes in a transaction as are written at once in good times."""
        failure: StoreFailed | None = None
        while self._unwritten and not failure:
            failure = self._write_together(self._unwritten[:BATCH])
        return failure

    def _write_together(self, puts: list[Put]) -> StoreFailed | None:
        """Write the first of what is unwritten, in one transaction."""
        try:
            self._carry_out(puts)
        except Exception as error:
            return self._failed(error) if passes(error) else self._write_each(puts)
        self._written(puts)
        return None

    def _write_each(self, puts: list[Put]) -> StoreFailed | None:
        """Write them one by one, without those that no database takes."""
        for put in puts:
            try:
                self._carry_out([put])
            except Exception as error:
                if passes(error):
                    return self._failed(error)
                self._tell("{kind} cannot be kept: {error!r}", kind=type(put.change).__name__, error=error)
            self._written([put])
        return None

    def _carry_out(self, puts: list[Put]) -> None:
        with transaction(self._connection):
            for put in puts:
                self._tables.apply(put.change)
            self._tables.set_applied(puts[-1].number)

    def _written(self, puts: list[Put]) -> None:
        self._unwritten = self._unwritten[len(puts) :]
        self._done += sum(put.size for put in puts)
        self.trouble = ""
        try:
            self._pending.applied(puts[-1].number)
        except OSError as error:  # it is only larger than it needs to be
            self._tell("{path} cannot be emptied: {error}", path=self._folder, error=error)

    def _failed(self, error: Exception) -> StoreFailed:
        # Clients are told, and where the file is is none of their business.
        self.trouble = f"The store cannot be written: {error}"
        self._tell("{path}: {trouble}", path=self._path, trouble=self.trouble)
        return StoreFailed(self.trouble)

    def _answer(self, question: Question, failure: StoreFailed | None) -> None:
        result: Any = None
        try:
            if failure and not question.anyway:
                raise failure
            result = question.ask()
        except sqlite3.Error as error:
            result = Failure(StoreFailed(f"The store cannot be read: {error}"))
        except Exception:
            result = Failure()
        # A `Failure` given to `callback` fails the Deferred.
        self._way_back(lambda: question.answer.callback(result))

    def _tell(self, sentence: str, **facts: object) -> None:
        """Log, where logging belongs."""
        self._way_back(lambda: self._log.error(sentence, **facts))

    def _let_go(self) -> None:
        if lost := sum(not put.noted for put in self._unwritten):
            tell, why = self._log.critical, self.trouble
            self._way_back(lambda: tell("{lost} changes are not kept: {why}", lost=lost, why=why))
        self._connection.close()
        self._pending.close(empty=not self._unwritten)
