"""
The routes of OpenAI's conversation objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorTime

from clinvoker.dialects.described import ALWAYS, OF_BODIES, Content, Errors, Operation
from clinvoker.dialects.openai_conversations import (
    CONVERSATION_BODY,
    ConversationDeleted,
    ConversationObject,
    conversation_body,
    deleted_body,
    read_conversation,
    read_items,
)
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.dialects.openai_lists import ItemList, ItemQuery, item_body, items_body, read_page
from clinvoker.dialects.responses_items import ResponseItem
from clinvoker.errors import UnsupportedParameter
from clinvoker.records import Conversation, Items
from clinvoker.stores import IStore
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

TAG = "OpenAI"
ROOT = "/openai/v1/conversations"
_ERROR = Content(ErrorBody)
_CONVERSATION = Content(ConversationObject)
_ITEMS = Content(ItemList)


def _operation(name: str, summary: str, told: Content, query: object = None) -> Operation:
    errors = Errors(_ERROR, (*ALWAYS, 404, 503))
    return Operation(name=name, summary=summary, tag=TAG, answers={200: (told,)}, errors=errors, query=query)


def _making(name: str, summary: str, told: Content) -> Operation:
    """An operation with a body."""
    errors = Errors(_ERROR, (*ALWAYS, *OF_BODIES, 404))
    return replace(_operation(name, summary, told), asks=CONVERSATION_BODY, errors=errors)


CREATE = _making("createConversation", "Begin a conversation.", _CONVERSATION)
UPDATE = _making("updateConversation", "Set a conversation's metadata.", _CONVERSATION)
RETRIEVE = _operation("retrieveConversation", "One conversation, without its items.", _CONVERSATION)
DELETE = _operation("deleteConversation", "Forget a conversation.", Content(ConversationDeleted))
ADD = _making("createConversationItems", "Add items to a conversation.", _ITEMS)
ITEMS = _operation("listConversationItems", "A page of its items.", _ITEMS, ItemQuery)
ITEM = _operation("retrieveConversationItem", "One item.", Content(ResponseItem))
DELETE_ITEM = _operation("deleteConversationItem", "Forget one item.", _CONVERSATION)


class ConversationsRoutes:
    """Conversations and their items."""

    def __init__(
        self, store: IStore, settings: WebSettings, clock: IReactorTime, new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._settings = settings
        self._new_id = new_id

    def routes(self) -> Sequence[Route]:
        """What there is."""
        one = f"{ROOT}/<name>"
        return (
            Route("POST", ROOT, self.create, CREATE),
            Route("GET", one, self.retrieve, RETRIEVE),
            Route("POST", one, self.update, UPDATE),
            Route("DELETE", one, self.delete, DELETE),
            Route("POST", f"{one}/items", self.add, ADD),
            Route("GET", f"{one}/items", self.items, ITEMS),
            Route("GET", f"{one}/items/<item>", self.item, ITEM),
            Route("DELETE", f"{one}/items/<item>", self.delete_item, DELETE_ITEM),
        )

    def create(self, request: ApiRequest) -> bytes:
        """Begin a conversation."""
        if not self._settings.keep_responses:
            raise UnsupportedParameter("Conversations are not kept here (session.store_prompts).")
        identity, now = self._new_id(), self._settings.now()
        metadata, items = read_conversation(request.json_body(), identity)
        conversation = Conversation(
            id=f"conv_{identity}",
            principal=request.principal,
            created=now,
            updated=now,
            metadata=metadata or {},
        )
        self._store.put_conversation(conversation)
        if items:
            self._store.add_items(request.principal, conversation.id, items)
        return request.json_answer(conversation_body(conversation))

    async def retrieve(self, request: ApiRequest, name: str) -> bytes:
        """One conversation."""
        return request.json_answer(conversation_body(await self._store.conversation(request.principal, name)))

    async def update(self, request: ApiRequest, name: str) -> bytes:
        """Set its metadata."""
        metadata, _ = read_conversation(request.json_body(), "")
        conversation = await self._store.conversation(request.principal, name)
        if metadata is not None:
            conversation = replace(conversation, metadata=metadata, updated=self._settings.now())
            self._store.put_conversation(conversation)
        return request.json_answer(conversation_body(conversation))

    async def delete(self, request: ApiRequest, name: str) -> bytes:
        """Forget it, with its items."""
        await self._store.delete_conversation(request.principal, name)
        return request.json_answer(deleted_body(name))

    async def add(self, request: ApiRequest, name: str) -> bytes:
        """Add items; gives those."""
        items = read_items(request.json_body(), self._new_id())
        await self._store.conversation(request.principal, name)
        self._store.add_items(request.principal, name, items)
        return request.json_answer(items_body(Items(items, False)))

    async def items(self, request: ApiRequest, name: str) -> bytes:
        """A page of its items."""
        page = read_page(request.query)
        return request.json_answer(items_body(await self._store.items(request.principal, name, page)))

    async def item(self, request: ApiRequest, name: str, item: str) -> bytes:
        """One item."""
        return request.json_answer(item_body(await self._store.item(request.principal, name, item)))

    async def delete_item(self, request: ApiRequest, name: str, item: str) -> bytes:
        """Forget one item; gives the conversation."""
        await self._store.delete_item(request.principal, name, item)
        return await self.retrieve(request, name)
