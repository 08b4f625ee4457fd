"""All tables in one file of SQLite, and when a change to them holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from clinvoker.storage.applying import apply, drop, drop_first
from clinvoker.storage.changes import Change
from clinvoker.storage.conversation_rows import ConversationRows, UsageRows
from clinvoker.storage.response_rows import ResponseRows
from clinvoker.storage.session_rows import SessionRows
from clinvoker.storage.tables import Kind

# What is not under way, by kind, and when it was last used.
IDLE: dict[Kind, str] = {
    "session": "SELECT principal, id, updated AS used FROM sessions WHERE hidden = 0 AND status != 'active'",
    "response": "SELECT principal, id, created AS used FROM responses WHERE hidden = 0 "
    "AND status NOT IN ('queued', 'in_progress')",
    "conversation": "SELECT principal, id, updated AS used FROM conversations",
}
EXPIRED = """
SELECT principal, id FROM (
    SELECT principal, id, used,
        row_number() OVER (PARTITION BY principal ORDER BY used DESC, id DESC) AS place
    FROM ({idle})
)
WHERE used < :before OR (:most AND place > :most) ORDER BY used, principal, id LIMIT :portion
"""
# The same with the bytes of each; first those of the principal whose are most.
SIZED = """
SELECT kind, principal, id, bytes FROM (
    SELECT *, sum(bytes) OVER (PARTITION BY principal) AS held FROM (
        SELECT 'session' AS kind, idle.*, (
            SELECT length(record) FROM sessions WHERE principal = idle.principal AND id = idle.id
        ) + (
            SELECT total(length(record)) FROM turns WHERE principal = idle.principal AND session = idle.id
        ) AS bytes FROM ({session}) AS idle
        UNION ALL
        SELECT 'response', idle.*, (
            SELECT length(messages) + length(record) FROM responses
            WHERE principal = idle.principal AND id = idle.id
        ) FROM ({response}) AS idle
        UNION ALL
        SELECT 'conversation', idle.*, (
            SELECT length(record) FROM conversations WHERE principal = idle.principal AND id = idle.id
        ) + (
            SELECT total(length(body)) FROM items WHERE principal = idle.principal AND conversation = idle.id
        ) FROM ({conversation}) AS idle
    )
)
ORDER BY held DESC, principal, used, kind, id LIMIT ?
"""
APPLIED = """
INSERT INTO owners (owner, applied) VALUES (?, ?)
ON CONFLICT (owner) DO UPDATE SET applied = excluded.applied
"""


class SqliteTables(SessionRows, ResponseRows, ConversationRows, UsageRows):
    """
    The tables over a connection, on behalf of one process.  Transactions are the caller's, but for
    `expire`.
    """

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self._connection = connection
        self._owner = owner

    def apply(self, change: Change) -> None:
        apply(self, change)

    def expire(self, kind: Kind, before: float, most: int, portion: int) -> int:
        with transaction(self._connection):
            found = self._connection.execute(
                EXPIRED.format(idle=IDLE[kind]), {"before": before, "most": most, "portion": portion}
            ).fetchall()
            for key in found:
                drop(self, kind, *key)
        return len(found)

    def size(self) -> int:
        [pages], [free], [each] = (
            self._connection.execute(f"PRAGMA {name}").fetchone()
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * each)

    def make_room(self, excess: int, portion: int) -> int:
        with transaction(self._connection):
            found = self._connection.execute(SIZED.format(**IDLE), (portion,)).fetchall()
            return drop_first(self, found, excess)

    def applied(self) -> int:
        """The number of this process's last change that is carried out; 0 where there is none."""
        row = self._connection.execute(
            "SELECT applied FROM owners WHERE owner = ?", (self._owner,)
        ).fetchone()
        return int(row[0]) if row else 0

    def set_applied(self, number: int) -> None:
        """All its changes up to this one are."""
        self._connection.execute(APPLIED, (self._owner, number))

    def cut(self, living: Sequence[str]) -> None:
        """Fail what is under way in none of these processes."""
        self.cut_sessions(living)
        self.cut_responses(living)

    def forget_owners(self, known: Sequence[str]) -> None:
        """Forget how far processes came, but for these."""
        self._connection.execute(
            f"DELETE FROM owners WHERE owner NOT IN ({', '.join('?' * len(known))})", known
        )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what is done within, or nothing.  Waits for other writers first, not in the middle."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After some errors, such as a full disk, SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def passes(error: Exception) -> bool:
    """Whether the same change can be written later: the fault is the file's, not its own."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError
