"""Stored responses as rows of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from clinvoker.model import Message
from clinvoker.records import UNDER_WAY, StoredResponse
from clinvoker.storage.changes import encode
from clinvoker.storage.tables import LONGEST_CHAIN

PUT = """
INSERT INTO responses (principal, id, previous, status, created, owner, messages, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (principal, id) DO UPDATE SET
    previous = excluded.previous, status = excluded.status, created = excluded.created,
    owner = excluded.owner, messages = excluded.messages,
    record = CASE WHEN hidden THEN x'' ELSE excluded.record END
"""
CHAIN = """
WITH RECURSIVE chain (id, previous, place) AS (
    SELECT id, previous, 1 FROM responses WHERE principal = :principal AND id = :id
    UNION ALL
    SELECT earlier.id, earlier.previous, place + 1 FROM chain
    JOIN responses AS earlier ON earlier.principal = :principal AND earlier.id = chain.previous
    WHERE place < :longest
)
SELECT messages FROM chain JOIN responses USING (id) WHERE principal = :principal ORDER BY place DESC
"""
# A hidden response that nothing continues and that will not be put again.
NEEDLESS = """
SELECT previous FROM responses AS it
WHERE principal = ? AND id = ? AND hidden AND status NOT IN ('queued', 'in_progress')
AND NOT EXISTS (
    SELECT 1 FROM responses AS later WHERE later.principal = it.principal AND later.previous = it.id
)
"""
HERE = "principal = ? AND id = ?"

_response = msgspec.msgpack.Decoder(StoredResponse).decode
_messages = msgspec.msgpack.Decoder(tuple[Message, ...]).decode


class ResponseRows:
    """The table `responses`.  `owner` is the process by which what is put is under way."""

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self._connection = connection
        self._owner = owner

    def put_response(self, response: StoredResponse) -> None:
        owner = self._owner if response.status in UNDER_WAY else ""
        record = encode(replace(response, messages=()))
        self._connection.execute(
            PUT,
            (
                *(response.principal, response.id, response.previous, response.status, response.created),
                *(owner, encode(response.messages), record),
            ),
        )
        self._prune(response.principal, response.id)

    def drop_response(self, principal: str, identity: str) -> None:
        self._connection.execute(
            f"UPDATE responses SET hidden = 1, record = x'' WHERE {HERE}", (principal, identity)
        )
        self._prune(principal, identity)

    def response(self, principal: str, identity: str) -> StoredResponse | None:
        row = self._connection.execute(
            f"SELECT status, messages, record FROM responses WHERE {HERE} AND hidden = 0",
            (principal, identity),
        ).fetchone()
        if row is None:
            return None
        status, messages, record = row
        return replace(_response(record), status=status, messages=_messages(messages))

    def history(self, principal: str, identity: str) -> tuple[Message, ...]:
        rows = self._connection.execute(
            CHAIN, {"principal": principal, "id": identity, "longest": LONGEST_CHAIN}
        )
        return tuple(message for (messages,) in rows for message in _messages(messages))

    def cut_responses(self, living: Sequence[str]) -> None:
        """Fail those that are under way in none of these processes."""
        elsewhere = f"owner != '' AND owner NOT IN ({', '.join('?' * len(living))})"
        hidden = self._connection.execute(
            f"SELECT principal, id FROM responses WHERE {elsewhere} AND hidden = 1", living
        ).fetchall()
        self._connection.execute(
            f"UPDATE responses SET status = 'failed', owner = '' WHERE {elsewhere}", living
        )
        for key in hidden:
            self._prune(*key)

    def _prune(self, principal: str, identity: str) -> None:
        """Forget hidden ones that nothing continues, from this one backwards."""
        while row := self._connection.execute(NEEDLESS, (principal, identity)).fetchone():
            self._connection.execute(f"DELETE FROM responses WHERE {HERE}", (principal, identity))
            [identity] = row
