"""Which change calls which method of the tables, and what is dropped first, for every kind of database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from typing_extensions import assert_never

from clinvoker.records import Conversation, Item, Session, StoredResponse, Turn, UsageRow
from clinvoker.storage import changes
from clinvoker.storage.tables import Kind


class Changing(Protocol):
    """The methods that change something, one for each kind of `Change`."""

    def put_session(self, session: Session) -> None: ...
    def put_turn(self, turn: Turn) -> None: ...
    def drop_session(self, principal: str, identity: str) -> None: ...
    def put_response(self, response: StoredResponse) -> None: ...
    def drop_response(self, principal: str, identity: str) -> None: ...
    def put_conversation(self, conversation: Conversation) -> None: ...
    def add_items(self, principal: str, identity: str, items: Sequence[Item], at: float) -> None: ...
    def drop_item(self, principal: str, conversation: str, identity: str) -> None: ...
    def drop_conversation(self, principal: str, identity: str) -> None: ...
    def add_usage(self, row: UsageRow) -> None: ...


def drop(tables: Changing, kind: Kind, principal: str, identity: str) -> None:
    """Drop a thing of this kind."""
    {
        "session": tables.drop_session,
        "response": tables.drop_response,
        "conversation": tables.drop_conversation,
    }[kind](principal, identity)


def drop_first(tables: Changing, sized: Iterable[tuple[Kind, str, str, int]], excess: int) -> int:
    """
    Drop things, each with its kind, principal, id and bytes, in their order and of the first principal only,
    until that is enough; gives how many.
    """
    gone = 0
    first = None
    for kind, principal, identity, size in sized:
        if excess <= 0 or principal != (first := first or principal):
            break
        drop(tables, kind, principal, identity)
        excess -= size
        gone += 1
    return gone


def apply(tables: Changing, change: changes.Change) -> None:
    """Carry out a change."""
    match change:
        case changes.PutSession(session):
            tables.put_session(session)
        case changes.PutTurn(turn):
            tables.put_turn(turn)
        case changes.DropSession(principal, identity):
            tables.drop_session(principal, identity)
        case changes.PutResponse(response):
            tables.put_response(response)
        case changes.DropResponse(principal, identity):
            tables.drop_response(principal, identity)
        case changes.PutConversation(conversation):
            tables.put_conversation(conversation)
        case changes.AddItems(principal, conversation_id, items, at):
            tables.add_items(principal, conversation_id, items, at)
        case changes.DropItem(principal, conversation_id, identity):
            tables.drop_item(principal, conversation_id, identity)
        case changes.DropConversation(principal, identity):
            tables.drop_conversation(principal, identity)
        case changes.AddUsage(row):
            tables.add_usage(row)
        case _:
            assert_never(change)
