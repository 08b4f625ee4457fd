"""
A file of SQLite: made whole, brought up to date, and refused where it is not ours.

The schema is numbered SQL files; `user_version` says the last that was applied.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from clinvoker.storage.shelf import StoreUnusable
from clinvoker.storage.sqlite import transaction

# "clnv": so a file of some other program's is told from ours.
APPLICATION = 0x636C6E76

# How long to wait, in milliseconds, while another process writes.
PATIENCE = 10_000

NEWER = (
    "{path} was written by a newer version (schema {found}, this one knows {known}); start that version, or "
    "set session.store to another file"
)
FOREIGN = "{path} is a database of another program; set session.store to another file"
SHUT = (
    "{path} cannot be opened: {error}. Let the daemon's user read and write it and what lies beside it, or "
    "set session.store to another file"
)
FULL = "{path} cannot be opened: {error}. Make room on its disk, or set session.store to another file"
BROKEN = (
    "{path} cannot be used: {error}. Move it away, with what lies beside it, to begin anew, or restore a copy"
)


def scripts() -> list[str]:
    """The SQL of each version of the schema, the first version's first."""
    folder = files("clinvoker.storage").joinpath("schema")
    found = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [entry.read_text("utf-8") for _, entry in found]


def opened(path: Path, schema: list[str], token: str) -> sqlite3.Connection:
    """
    A connection to the file, which is made if it is not there, and brought up to date.  It may be used by
    any one thread at a time.  `token` is unique, for a name beside it.

    Raises `StoreUnusable`.
    """
    try:
        if not path.exists():
            _create(path, schema, token)
        os.chmod(path, 0o600)
        connection = _connected(path)
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from error
    try:
        _bring_up(connection, path, schema)
    except sqlite3.Error as error:
        connection.close()
        raise unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def unusable(path: Path, error: Exception) -> StoreUnusable:
    """What to say of an error: the file is damaged, or is whole and out of reach, or has no room."""
    shut = isinstance(error, OSError | sqlite3.OperationalError)
    said = FULL if full(error) else SHUT if shut else BROKEN
    return StoreUnusable(said.format(path=path, error=error))


def full(error: Exception) -> bool:
    """Whether there is no room on the disk."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "is full" in str(error)  # SQLite's word; its codes are known to Python since 3.11 only


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Read the whole file; raises `StoreUnusable` where it is damaged."""
    try:
        [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise StoreUnusable(BROKEN.format(path=path, error=found.replace("\n", " ")))


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=PATIENCE / 1000)
    # What was committed outlives the process; a loss of power may cost the last few.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _create(path: Path, schema: list[str], token: str) -> None:
    """Make the file under another name, then give it its own: there is a whole one or none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{token}")
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(_connected(made)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            with transaction(connection):
                _apply(connection, schema, 0)
        try:
            os.link(made, path)
        except FileExistsError:  # another process was quicker
            return
    finally:
        made.unlink()


def _bring_up(connection: sqlite3.Connection, path: Path, schema: list[str]) -> None:
    """Apply what is missing of the schema, having copied the file."""
    if _pragma(connection, "application_id") != APPLICATION:
        raise StoreUnusable(FOREIGN.format(path=path))
    if _version(connection, path, schema) == len(schema):
        return
    with transaction(connection):
        version = _version(connection, path, schema)  # it may have been done meanwhile
        if version < len(schema):
            _copy(path, path.with_name(f"{path.name}.version-{version}"))
            _apply(connection, schema, version)


def _version(connection: sqlite3.Connection, path: Path, schema: list[str]) -> int:
    version = _pragma(connection, "user_version")
    if version > len(schema):
        raise StoreUnusable(NEWER.format(path=path, found=version, known=len(schema)))
    return version


def _apply(connection: sqlite3.Connection, schema: list[str], version: int) -> None:
    for script in schema[version:]:
        for statement in statements(script):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(schema)}")


def _copy(path: Path, target: Path) -> None:
    """Copy the database as it was last committed; an earlier copy of that name is replaced."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(_connected(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def statements(script: str) -> Iterator[str]:
    """The statements of a script: `executescript` would commit what is open."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
