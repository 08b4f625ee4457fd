"""What daemons that have ended left behind: changes that were told but not carried out, and lives cut off."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import msgspec
from twisted.logger import Logger

from clinvoker.storage import pending
from clinvoker.storage.changes import Change, decode
from clinvoker.storage.shelf import StoreUnusable
from clinvoker.storage.sqlite import SqliteTables, passes, transaction

log = Logger()

UNREAD = (
    "{path} holds changes that this version cannot read; start the version that wrote it, or move it away"
)


def recover(connection: sqlite3.Connection, folder: Path, owner: str) -> None:
    """
    Carry out what ended processes left, and fail what was under way in them.

    In one transaction, during which no other process can begin anything: it makes its file before its
    first session.  Done twice it does no harm, so it may end anywhere itself.
    """
    dead: dict[str, int] = {}
    living = [owner]
    try:
        with transaction(connection):
            for other in pending.owners(folder):
                file = pending.seized(folder, other) if other != owner else None
                if file is None:
                    living.append(other)
                else:
                    dead[other] = file
                    _replay(connection, folder, other)
            tables = SqliteTables(connection, owner)
            tables.cut(living)
            tables.forget_owners([*living, *dead])
        for other in dead:
            pending.remove(pending.paths(folder, other))
    finally:
        for file in dead.values():
            os.close(file)


def _replay(connection: sqlite3.Connection, folder: Path, owner: str) -> None:
    """Carry out the changes of a process that came after the last one it carried out itself."""
    tables = SqliteTables(connection, owner)
    last = tables.applied()
    for number, data in pending.read(folder, owner):
        if number > last:
            try:
                change = decode(data)
            except msgspec.MsgspecError as error:
                raise StoreUnusable(UNREAD.format(path=pending.paths(folder, owner)[0])) from error
            _apply(connection, tables, change)
            last = number
    tables.set_applied(last)


def _apply(connection: sqlite3.Connection, tables: SqliteTables, change: Change) -> None:
    """Carry out a change, or nothing of one that no database takes."""
    connection.execute("SAVEPOINT one")
    try:
        tables.apply(change)
    except Exception as error:
        if passes(error):
            raise
        connection.execute("ROLLBACK TO one")
        log.error("{kind} cannot be kept: {error!r}", kind=type(change).__name__, error=error)
    connection.execute("RELEASE one")
