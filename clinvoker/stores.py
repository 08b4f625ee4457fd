"""
The interfaces of what is kept.

To keep something returns at once, raises nothing and waits for no disk: when it has returned, the
record outlives the process, even one that is killed.  So what a client is to find again is put before the
last byte of its answer goes out.  Reads give Deferreds and see every earlier
write of this process.  Every read names the principal; another's things do not exist for it.  A read
fails with `StoreFailed` where the disk does.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from clinvoker.model import Message
from clinvoker.records import (
    Conversation,
    Item,
    ItemPage,
    Items,
    Session,
    SessionFilter,
    Sessions,
    SessionStats,
    StoredResponse,
    Turn,
    UsageRow,
)


class ISessionStore(Interface):
    """Sessions and their turns."""

    def put_session(session: Session) -> None:
        """
        Keep a session, in place of an earlier one of that id.

        One that is "active" is marked "failed" by the next daemon if this one ends before it.
        """

    def put_turn(turn: Turn) -> None:
        """Keep a turn, in place of an earlier one of that number.  Goes when its session does."""

    def session(principal: str, prefix: str) -> Deferred[Session]:
        """
        The one session whose id begins so; fails with `missing.SessionNotFound`, or `SessionAmbiguous` where
        there are several.
        """

    def turns(principal: str, identity: str) -> Deferred[tuple[Turn, ...]]:
        """The turns of a session by its whole id, oldest first; none where none are kept."""

    def sessions(principal: str, wanted: SessionFilter) -> Deferred[Sessions]:
        """A page of sessions."""

    def session_stats(principal: str) -> Deferred[SessionStats]:
        """All sessions, counted."""

    def delete_session(principal: str, prefix: str) -> Deferred[Session]:
        """Forget a session; gives what it was, and fails as `session` does."""


class IResponseStore(Interface):
    """Responses of the Responses API."""

    def put_response(response: StoredResponse) -> None:
        """Keep a response, in place of an earlier one of that id; a deleted one stays deleted."""

    def response(principal: str, identity: str) -> Deferred[StoredResponse]:
        """The response; fails with `missing.ResponseNotFound`, for a deleted one too."""

    def history(principal: str, identity: str) -> Deferred[tuple[Message, ...]]:
        """
        The whole conversation up to and with this response, through all that came before it, those
        deleted since included.  Fails with `ResponseNotFound`.
        """

    def delete_response(principal: str, identity: str) -> Deferred[None]:
        """
        Hide a response; fails with `ResponseNotFound`.  Its messages are kept as long as there are
        responses that continue it.
        """


class IConversationStore(Interface):
    """Conversation objects of the Responses API."""

    def put_conversation(conversation: Conversation) -> None:
        """Keep a conversation, in place of an earlier one of that id; its items stay."""

    def add_items(principal: str, identity: str, items: Sequence[Item]) -> None:
        """Append items to a conversation; those whose ids it has are replaced where they stand."""

    def conversation(principal: str, identity: str) -> Deferred[Conversation]:
        """The conversation; fails with `ConversationNotFound`."""

    def items(principal: str, identity: str, page: ItemPage) -> Deferred[Items]:
        """
        A page of its items; fails with `ConversationNotFound`, or with `ItemNotFound` where a cursor
        is none of its items.
        """

    def item(principal: str, identity: str, item: str) -> Deferred[Item]:
        """One item; fails as `items` does."""

    def delete_item(principal: str, identity: str, item: str) -> Deferred[None]:
        """Forget one item; fails as `items` does."""

    def delete_conversation(principal: str, identity: str) -> Deferred[None]:
        """Forget a conversation and its items; fails with `ConversationNotFound`."""


class IUsageStore(Interface):
    """What was used, by key, model and day."""

    def add_usage(row: UsageRow) -> None:
        """Add to what that principal used of that model on that day."""

    def usage(principal: str, since: str = "", until: str = "") -> Deferred[tuple[UsageRow, ...]]:
        """
        What a principal used from one day to another, both included, in order of day, backend and
        model; an empty day is no bound.
        """

    def everybodys_usage(since: str = "", until: str = "") -> Deferred[tuple[UsageRow, ...]]:
        """The same of all principals, these in order first."""


class IStore(ISessionStore, IResponseStore, IConversationStore, IUsageStore):
    """All that is kept, in one place."""

    trouble: str = Attribute("A sentence where what is put cannot be kept at the moment; else empty.")

    def open() -> None:
        """
        Make ready.  Called once, before anything is asked, and after the process has forked for the
        last time.  Blocks; raises `StoreUnusable` where the file cannot be used.
        """

    def sweep() -> Deferred[int]:
        """
        Forget what is older or more than the retention allows, in portions, and see to what ended
        daemons left; gives how many things were forgotten.
        """

    def close() -> Deferred[None]:
        """Write what is still to be written and let go of the file.  Nothing may be asked afterwards."""
