"""Sessions and their turns as rows of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from clinvoker.model import Usage
from clinvoker.records import CUT_OFF, Session, SessionFilter, Sessions, SessionStats, Turn
from clinvoker.storage.changes import encode
from clinvoker.storage.memory_sessions import sought

PUT = """
INSERT INTO sessions (principal, id, backend, model, workdir, status, error, tags, sought, updated,
                      input, cached, output, reasoning, cost, owner, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (principal, id) DO UPDATE SET
    backend = excluded.backend, model = excluded.model, workdir = excluded.workdir,
    status = excluded.status, error = excluded.error, tags = excluded.tags, sought = excluded.sought,
    updated = excluded.updated, input = excluded.input, cached = excluded.cached,
    output = excluded.output, reasoning = excluded.reasoning, cost = excluded.cost,
    owner = excluded.owner, record = excluded.record
WHERE hidden = 0
"""
PUT_TURN = """
INSERT INTO turns (principal, session, number, record)
SELECT principal, id, ?, ? FROM sessions WHERE principal = ? AND id = ? AND hidden = 0
ON CONFLICT (principal, session, number) DO UPDATE SET record = excluded.record
"""
STATS = """
SELECT backend, status, count(*), sum(input), sum(cached), sum(output), sum(reasoning), sum(cost)
FROM sessions WHERE principal = ? AND hidden = 0 GROUP BY backend, status
"""
COLUMNS = "status, error, record"
HERE = "principal = ? AND id = ?"

_session = msgspec.msgpack.Decoder(Session).decode
_turn = msgspec.msgpack.Decoder(Turn).decode


class SessionRows:
    """
    The tables `sessions` and `turns`.  `owner` is the process by which what is put is under way.
    """

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self._connection = connection
        self._owner = owner

    def put_session(self, session: Session) -> None:
        active = session.status == "active"
        usage = session.usage
        self._connection.execute(
            PUT,
            (
                *(session.principal, session.id, session.backend, session.model, session.workdir),
                *(session.status, session.error, msgspec.json.encode(session.tags).decode()),
                *(sought(session), session.updated),
                *(usage.input, usage.cached, usage.output, usage.reasoning, session.cost),
                *(self._owner if active else "", encode(session)),
            ),
        )
        if not active:
            self._connection.execute(
                f"DELETE FROM sessions WHERE {HERE} AND hidden = 1", (session.principal, session.id)
            )

    def put_turn(self, turn: Turn) -> None:
        self._connection.execute(PUT_TURN, (turn.number, encode(turn), turn.principal, turn.session))

    def drop_session(self, principal: str, identity: str) -> None:
        key = principal, identity
        self._connection.execute(f"DELETE FROM sessions WHERE {HERE} AND status != 'active'", key)
        self._connection.execute("DELETE FROM turns WHERE principal = ? AND session = ?", key)
        self._connection.execute(f"UPDATE sessions SET hidden = 1 WHERE {HERE}", key)

    def sessions_called(self, principal: str, prefix: str) -> Sequence[Session]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM sessions WHERE principal = ? AND id >= ? AND id < ? || char(1114111) "
            "AND hidden = 0 ORDER BY id LIMIT 2",
            (principal, prefix, prefix),
        )
        return [_read(row) for row in rows]

    def turns(self, principal: str, identity: str) -> tuple[Turn, ...]:
        rows = self._connection.execute(
            "SELECT record FROM turns WHERE principal = ? AND session = ? ORDER BY number",
            (principal, identity),
        )
        return tuple(_turn(record) for (record,) in rows)

    def sessions(self, principal: str, wanted: SessionFilter) -> Sessions:
        where, values = _conditions(principal, wanted)
        [total] = self._connection.execute(f"SELECT count(*) FROM sessions WHERE {where}", values).fetchone()
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM sessions WHERE {where} ORDER BY updated DESC, id DESC LIMIT ? OFFSET ?",
            (*values, wanted.limit or -1, wanted.offset),
        )
        return Sessions(tuple(_read(row) for row in rows), total)

    def session_stats(self, principal: str) -> SessionStats:
        backends: dict[str, int] = {}
        statuses: dict[str, int] = {}
        sums = [0, 0, 0, 0]
        cost = 0.0
        for backend, status, count, *tokens, paid in self._connection.execute(STATS, (principal,)):
            backends[backend] = backends.get(backend, 0) + count
            statuses[status] = statuses.get(status, 0) + count
            sums = [have + more for have, more in zip(sums, tokens, strict=True)]
            cost += paid
        return SessionStats(
            total=sum(backends.values()),
            by_backend=backends,
            by_status=statuses,
            usage=Usage(input=sums[0], cached=sums[1], output=sums[2], reasoning=sums[3]),
            cost=cost,
        )

    def cut_sessions(self, living: Sequence[str]) -> None:
        """Fail those that are under way in none of these processes."""
        elsewhere = f"owner != '' AND owner NOT IN ({', '.join('?' * len(living))})"
        self._connection.execute(f"DELETE FROM sessions WHERE {elsewhere} AND hidden = 1", living)
        self._connection.execute(
            f"UPDATE sessions SET status = 'failed', error = ?, owner = '' WHERE {elsewhere}",
            (CUT_OFF, *living),
        )


def _read(row: tuple[str, str, bytes]) -> Session:
    status, error, record = row
    session = _session(record)
    return session if session.status == status else replace(session, status=status, error=error)


def _conditions(principal: str, wanted: SessionFilter) -> tuple[str, list[str]]:
    """What follows `WHERE`, and its values."""
    conditions, values = ["principal = ?", "hidden = 0"], [principal]
    for column in ("backend", "status", "model", "workdir"):
        if value := getattr(wanted, column):
            conditions.append(f"{column} = ?")
            values.append(value)
    if wanted.tag:
        conditions.append("EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)")
        values.append(wanted.tag)
    if search := wanted.search.casefold():
        conditions.append("(substr(id, 1, length(?)) = ? OR instr(sought, ?))")
        values += [search] * 3
    return " AND ".join(conditions), values
