"""Conversations, their items, and what was used, as rows of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from clinvoker.model import Usage
from clinvoker.records import Conversation, Item, UsageRow
from clinvoker.storage.changes import encode

PUT = """
INSERT INTO conversations (principal, id, updated, record) VALUES (?, ?, ?, ?)
ON CONFLICT (principal, id) DO UPDATE SET updated = excluded.updated, record = excluded.record
"""
ADD_ITEM = """
INSERT INTO items (principal, conversation, id, body, position)
VALUES (:principal, :conversation, :id, :body, (
    SELECT coalesce(max(position), 0) + 1 FROM items
    WHERE principal = :principal AND conversation = :conversation
))
ON CONFLICT (principal, conversation, id) DO UPDATE SET body = excluded.body
"""
ADD_USAGE = """
INSERT INTO usage (principal, day, backend, model, requests, input, cached, output, reasoning, cost)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (principal, day, backend, model) DO UPDATE SET
    requests = requests + excluded.requests, input = input + excluded.input,
    cached = cached + excluded.cached, output = output + excluded.output,
    reasoning = reasoning + excluded.reasoning, cost = cost + excluded.cost
"""
USAGE = """
SELECT principal, day, backend, model, requests, cost, input, cached, output, reasoning FROM usage
WHERE {whose} AND day >= :since AND (:until = '' OR day <= :until)
ORDER BY principal, day, backend, model
"""
HERE = "principal = ? AND id = ?"

_conversation = msgspec.msgpack.Decoder(Conversation).decode


class ConversationRows:
    """The tables `conversations` and `items`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put_conversation(self, conversation: Conversation) -> None:
        self._connection.execute(
            PUT, (conversation.principal, conversation.id, conversation.updated, encode(conversation))
        )

    def add_items(self, principal: str, identity: str, items: Sequence[Item], at: float) -> None:
        found = self._connection.execute(
            f"UPDATE conversations SET updated = ? WHERE {HERE}", (at, principal, identity)
        )
        if not found.rowcount:
            return
        for item in items:
            named = {"principal": principal, "conversation": identity, "id": item.id, "body": item.body}
            self._connection.execute(ADD_ITEM, named)

    def drop_item(self, principal: str, conversation: str, identity: str) -> None:
        self._connection.execute(
            f"DELETE FROM items WHERE {HERE} AND conversation = ?", (principal, identity, conversation)
        )

    def drop_conversation(self, principal: str, identity: str) -> None:
        self._connection.execute(f"DELETE FROM conversations WHERE {HERE}", (principal, identity))

    def conversation(self, principal: str, identity: str) -> Conversation | None:
        row = self._connection.execute(
            f"SELECT updated, record FROM conversations WHERE {HERE}", (principal, identity)
        ).fetchone()
        return None if row is None else replace(_conversation(row[1]), updated=row[0])

    def items(self, principal: str, identity: str) -> tuple[Item, ...]:
        rows = self._connection.execute(
            "SELECT id, body FROM items WHERE principal = ? AND conversation = ? ORDER BY position",
            (principal, identity),
        )
        return tuple(Item(name, body) for name, body in rows)


class UsageRows:
    """The table `usage`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add_usage(self, row: UsageRow) -> None:
        usage = row.usage
        self._connection.execute(
            ADD_USAGE,
            (
                *(row.principal, row.day, row.backend, row.model, row.requests),
                *(usage.input, usage.cached, usage.output, usage.reasoning, row.cost),
            ),
        )

    def usage(self, principal: str, since: str, until: str) -> tuple[UsageRow, ...]:
        return self._usage("principal = :principal", principal=principal, since=since, until=until)

    def everybodys_usage(self, since: str, until: str) -> tuple[UsageRow, ...]:
        return self._usage("1", since=since, until=until)

    def _usage(self, whose: str, **named: str) -> tuple[UsageRow, ...]:
        rows = self._connection.execute(USAGE.format(whose=whose), named)
        return tuple(
            UsageRow(
                principal=principal,
                day=day,
                backend=backend,
                model=model,
                requests=requests,
                usage=Usage(**dict(zip(Usage.__struct_fields__, tokens, strict=True))),
                cost=cost,
            )
            for principal, day, backend, model, requests, cost, *tokens in rows
        )

    def expire_usage(self, before: str) -> int:
        return self._connection.execute("DELETE FROM usage WHERE day < ?", (before,)).rowcount
