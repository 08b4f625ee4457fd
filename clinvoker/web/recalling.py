"""
What a request continues or refers to, looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clinvoker.dialects.openai_responses import response_id
from clinvoker.dialects.responses_bodies import items_of
from clinvoker.dialects.responses_items import ResponseItem, decoded_item, owner_of
from clinvoker.dialects.responses_joining import joined
from clinvoker.dialects.responses_messages import messages_of
from clinvoker.dialects.responses_request import ResponsesRequest
from clinvoker.errors import BadRequest, Missing, PreviousNotFound, ResponseNotFound
from clinvoker.model import Message
from clinvoker.records import ItemPage
from clinvoker.stores import IStore

ALL = ItemPage(limit=0, order="asc")


class Recall:
    """Joins requests with what is kept.  Another principal's things do not exist."""

    def __init__(self, store: IStore) -> None:
        self._store = store

    async def joined(self, principal: str, asked: ResponsesRequest, identity: str) -> ResponsesRequest:
        """
        The request with its history and its items.

        Raises `PreviousNotFound`, `ConversationNotFound`, `BadRequest`.
        """
        history = await self._history(principal, asked)
        return joined(asked, identity, history, await self._kept(principal, asked))

    async def _history(self, principal: str, asked: ResponsesRequest) -> Sequence[Message]:
        if asked.conversation:
            found = await self._store.items(principal, asked.conversation, ALL)
            return tuple(messages_of((decoded_item(item.body), "conversation") for item in found.items))
        if not asked.previous:
            return ()
        try:
            before = await self._store.response(principal, asked.previous)
        except ResponseNotFound:
            raise PreviousNotFound(asked.previous) from None
        if before.status not in ("completed", "incomplete"):
            raise BadRequest(
                f"The response {asked.previous!r} is {before.status}: there is no answer to continue.",
                "previous_response_id",
            )
        return await self._store.history(principal, asked.previous)

    async def _kept(self, principal: str, asked: ResponsesRequest) -> Mapping[str, ResponseItem]:
        """The items that are referred to, up to the first that is not kept."""
        if not asked.references:
            return {}
        if asked.conversation:
            found = await self._store.items(principal, asked.conversation, ALL)
            wanted = {*asked.references}
            return {item.id: decoded_item(item.body) for item in found.items if item.id in wanted}
        kept: dict[str, ResponseItem] = {}
        for item_id in asked.references:
            if item_id not in kept:
                kept |= await self._made_with(principal, item_id)
            if item_id not in kept:
                break
        return kept

    async def _made_with(self, principal: str, item_id: str) -> dict[str, ResponseItem]:
        """An item, with all those that came or were made with it."""
        try:
            return items_of(await self._store.response(principal, response_id(owner_of(item_id))))
        except Missing:
            return {}
