"""What the house sees of all that is kept, on whatever shelf it lies."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred
from zope.interface import implementer

from clinvoker.errors import (
    ConversationNotFound,
    ItemNotFound,
    ResponseNotFound,
    SessionAmbiguous,
    SessionNotFound,
)
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
    paged,
)
from clinvoker.settings import Keeping
from clinvoker.storage import changes
from clinvoker.storage.changes import Change, sealed
from clinvoker.storage.shelf import Shelf
from clinvoker.storage.tables import KINDS, Kind
from clinvoker.stores import IStore

Given = ParamSpec("Given")
Thing = TypeVar("Thing")

DAY = 24 * 3600
# What is forgotten at a time: other questions go between.
PORTION = 100


def deferred(
    method: Callable[Given, Coroutine[Deferred[Any], Any, Thing]],
) -> Callable[Given, Deferred[Thing]]:
    """A method that gives a Deferred, written as a coroutine."""

    @wraps(method)
    def begin(*args: Given.args, **named: Given.kwargs) -> Deferred[Thing]:
        return Deferred.fromCoroutine(method(*args, **named))

    return begin


@implementer(IStore)
class Store:
    """
    All that is kept.  `now` gives seconds since 1970 and `day` the date of such a time, UTC.
    """

    def __init__(
        self, shelf: Shelf, keeping: Keeping, now: Callable[[], float], day: Callable[[float], str]
    ) -> None:
        self._shelf = shelf
        self._keeping = keeping
        self._now = now
        self._day = day

    @property
    def trouble(self) -> str:
        return self._shelf.trouble

    def open(self) -> None:
        self._shelf.open()

    def close(self) -> Deferred[None]:
        return self._shelf.close()

    # --- ISessionStore

    def put_session(self, session: Session) -> None:
        self._write(changes.PutSession(session))

    def put_turn(self, turn: Turn) -> None:
        self._write(changes.PutTurn(turn))

    @deferred
    async def session(self, principal: str, prefix: str) -> Session:
        found = await self._ask("sessions_called", principal, prefix)
        if not found:
            raise SessionNotFound(prefix)
        if len(found) > 1:
            raise SessionAmbiguous(prefix)
        session: Session = found[0]
        return session

    def turns(self, principal: str, identity: str) -> Deferred[tuple[Turn, ...]]:
        return self._ask("turns", principal, identity)

    def sessions(self, principal: str, wanted: SessionFilter) -> Deferred[Sessions]:
        return self._ask("sessions", principal, wanted)

    def session_stats(self, principal: str) -> Deferred[SessionStats]:
        return self._ask("session_stats", principal)

    @deferred
    async def delete_session(self, principal: str, prefix: str) -> Session:
        session = await self.session(principal, prefix)
        self._write(changes.DropSession(principal, session.id))
        return session

    # --- IResponseStore

    def put_response(self, response: StoredResponse) -> None:
        self._write(changes.PutResponse(response))

    @deferred
    async def response(self, principal: str, identity: str) -> StoredResponse:
        found: StoredResponse | None = await self._ask("response", principal, identity)
        if found is None:
            raise ResponseNotFound(identity)
        return found

    @deferred
    async def history(self, principal: str, identity: str) -> tuple[Message, ...]:
        await self.response(principal, identity)
        messages: tuple[Message, ...] = await self._ask("history", principal, identity)
        return messages

    @deferred
    async def delete_response(self, principal: str, identity: str) -> None:
        await self.response(principal, identity)
        self._write(changes.DropResponse(principal, identity))

    # --- IConversationStore

    def put_conversation(self, conversation: Conversation) -> None:
        self._write(changes.PutConversation(conversation))

    def add_items(self, principal: str, identity: str, items: Sequence[Item]) -> None:
        self._write(changes.AddItems(principal, identity, tuple(items), self._now()))

    @deferred
    async def conversation(self, principal: str, identity: str) -> Conversation:
        found: Conversation | None = await self._ask("conversation", principal, identity)
        if found is None:
            raise ConversationNotFound(identity)
        return found

    @deferred
    async def items(self, principal: str, identity: str, page: ItemPage) -> Items:
        found = paged(await self._items(principal, identity), page)
        if found is None:
            raise ItemNotFound(page.after or page.before)
        return found

    @deferred
    async def item(self, principal: str, identity: str, item: str) -> Item:
        for found in await self._items(principal, identity):
            if found.id == item:
                return found
        raise ItemNotFound(item)

    @deferred
    async def delete_item(self, principal: str, identity: str, item: str) -> None:
        await self.item(principal, identity, item)
        self._write(changes.DropItem(principal, identity, item))

    @deferred
    async def delete_conversation(self, principal: str, identity: str) -> None:
        await self.conversation(principal, identity)
        self._write(changes.DropConversation(principal, identity))

    # --- IUsageStore

    def add_usage(self, row: UsageRow) -> None:
        self._write(changes.AddUsage(row))

    def usage(self, principal: str, since: str = "", until: str = "") -> Deferred[tuple[UsageRow, ...]]:
        return self._ask("usage", principal, since, until)

    def everybodys_usage(self, since: str = "", until: str = "") -> Deferred[tuple[UsageRow, ...]]:
        return self._ask("everybodys_usage", since, until)

    # --- IStore

    @deferred
    async def sweep(self) -> int:
        gone = 0
        for kind in KINDS:
            gone += await self._sweep(kind)
        gone += await self._make_room()
        if self._keeping.usage_days:
            before = self._day(self._now() - self._keeping.usage_days * DAY)
            gone += await self._shelf.ask(lambda tables: tables.expire_usage(before))
        await self._shelf.recover()
        return gone

    async def _sweep(self, kind: Kind) -> int:
        keeping = self._keeping
        before = self._now() - keeping.days * DAY if keeping.days else 0.0
        most = {
            "session": keeping.sessions,
            "response": keeping.responses,
            "conversation": keeping.conversations,
        }[kind]
        gone = 0
        while portion := await self._shelf.ask(lambda tables: tables.expire(kind, before, most, PORTION)):
            gone += portion
        return gone

    async def _make_room(self) -> int:
        most = self._keeping.bytes
        gone = 0
        while most and (excess := await self._shelf.ask(lambda tables: tables.size()) - most) > 0:
            portion = await self._shelf.ask(lambda tables: tables.make_room(excess, PORTION))
            if not portion:  # all that is left is under way, or is needed by what is
                break
            gone += portion
        return gone

    async def _items(self, principal: str, identity: str) -> tuple[Item, ...]:
        await self.conversation(principal, identity)
        items: tuple[Item, ...] = await self._ask("items", principal, identity)
        return items

    def _write(self, change: Change) -> None:
        self._shelf.write(*sealed(change))

    def _ask(self, question: str, *given: Any) -> Deferred[Any]:
        """Ask the tables by a method's name."""
        fit = [sealed(value)[0] for value in given]
        return self._shelf.ask(lambda tables: getattr(tables, question)(*fit))
