"""Stored responses and conversations, in dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from clinvoker.model import Message
from clinvoker.records import UNDER_WAY, Conversation, Item, StoredResponse
from clinvoker.storage.changes import encode
from clinvoker.storage.sizes import Key, Sized
from clinvoker.storage.tables import LONGEST_CHAIN


class MemoryResponses(Sized):
    """Responses, the hidden ones among them as long as others continue them."""

    def __init__(self) -> None:
        super().__init__()
        self._responses: dict[Key, StoredResponse] = {}
        self._hidden_responses: set[Key] = set()
        self._followers: Counter[Key] = Counter()

    def put_response(self, response: StoredResponse) -> None:
        key = response.principal, response.id
        before = self._responses.get(key)
        if before:
            self._followers[before.principal, before.previous] -= 1
        self._followers[response.principal, response.previous] += 1
        self._responses[key] = response
        self.sizes.put("response", key, len(encode(replace(response, messages=()))))
        self.sizes.put("response", key, len(encode(response.messages)), "messages")
        if key in self._hidden_responses:
            self._prune(*key)

    def drop_response(self, principal: str, identity: str) -> None:
        if (principal, identity) in self._responses:
            self._hidden_responses.add((principal, identity))
            self.sizes.put("response", (principal, identity), 0)
            self._prune(principal, identity)

    def response(self, principal: str, identity: str) -> StoredResponse | None:
        key = principal, identity
        return None if key in self._hidden_responses else self._responses.get(key)

    def history(self, principal: str, identity: str) -> tuple[Message, ...]:
        chain: list[tuple[Message, ...]] = []
        while len(chain) < LONGEST_CHAIN and (found := self._responses.get((principal, identity))):
            chain.append(found.messages)
            identity = found.previous
        return tuple(message for messages in reversed(chain) for message in messages)

    def idle_responses(self) -> list[tuple[float, Key]]:
        """When each one that is not under way was made."""
        return [
            (each.created, key)
            for key, each in self._responses.items()
            if each.status not in UNDER_WAY and key not in self._hidden_responses
        ]

    def _prune(self, principal: str, identity: str) -> None:
        """Forget hidden ones that nothing continues, from this one backwards."""
        key = principal, identity
        while key in self._hidden_responses and not self._followers[key]:
            if self._responses[key].status in UNDER_WAY:
                return
            self._hidden_responses.discard(key)
            gone = self._responses.pop(key)
            self.sizes.drop("response", key)
            del self._followers[key]
            key = principal, gone.previous
            self._followers[key] -= 1


class MemoryConversations(Sized):
    """Conversations and their items."""

    def __init__(self) -> None:
        super().__init__()
        self._conversations: dict[Key, Conversation] = {}
        self._items: dict[Key, dict[str, Item]] = {}

    def put_conversation(self, conversation: Conversation) -> None:
        key = conversation.principal, conversation.id
        self._conversations[key] = conversation
        self.sizes.put("conversation", key, len(encode(conversation)))

    def add_items(self, principal: str, identity: str, items: Sequence[Item], at: float) -> None:
        key = principal, identity
        if conversation := self._conversations.get(key):
            self._conversations[key] = replace(conversation, updated=at)
            self._items.setdefault(key, {}).update((item.id, item) for item in items)
            for item in items:
                self.sizes.put("conversation", key, len(item.body), item.id)

    def drop_item(self, principal: str, conversation: str, identity: str) -> None:
        self._items.get((principal, conversation), {}).pop(identity, None)
        self.sizes.drop_part("conversation", (principal, conversation), identity)

    def drop_conversation(self, principal: str, identity: str) -> None:
        self._conversations.pop((principal, identity), None)
        self._items.pop((principal, identity), None)
        self.sizes.drop("conversation", (principal, identity))

    def conversation(self, principal: str, identity: str) -> Conversation | None:
        return self._conversations.get((principal, identity))

    def items(self, principal: str, identity: str) -> tuple[Item, ...]:
        return tuple(self._items.get((principal, identity), {}).values())

    def idle_conversations(self) -> list[tuple[float, Key]]:
        """When each was last used."""
        return [(each.updated, key) for key, each in self._conversations.items()]
