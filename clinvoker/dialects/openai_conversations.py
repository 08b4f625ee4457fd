"""
Conversation objects of OpenAI's API: requests about them and what they look like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from clinvoker.dialects.bodies import Parameter, body_type, decoded
from clinvoker.dialects.checks import missing
from clinvoker.dialects.responses_input import Reference, WireItem, named, read_input
from clinvoker.dialects.responses_items import ResponseItem
from clinvoker.dialects.responses_parameters import Metadata
from clinvoker.errors import BadRequest
from clinvoker.records import Conversation, Item

TABLE = (
    Parameter("metadata", "honoured", Metadata, "Kept with the conversation.", ({},)),
    Parameter("items", "honoured", list[WireItem], "What it begins with, or what is added.", ([],)),
)


class Body(msgspec.Struct):
    metadata: dict[str, str] | None = None
    items: list[WireItem] | None = None


CONVERSATION_BODY = body_type("ConversationRequest", Body, TABLE)
_decoder = msgspec.json.Decoder(CONVERSATION_BODY)


class ConversationObject(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["conversation"] = "conversation"
    created_at: int
    metadata: Mapping[str, str]


class ConversationDeleted(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["conversation.deleted"] = "conversation.deleted"
    deleted: bool = True


def read_conversation(body: bytes, identity: str) -> tuple[Mapping[str, str] | None, tuple[Item, ...]]:
    """
    The metadata that a body sets, None if it sets none, and the items it brings, called by `identity`.

    Raises `BadRequest`.  No body at all is an empty one.
    """
    asked = decoded(_decoder, body or b"{}")
    return asked.metadata, kept(_items(asked.items or (), identity))


def read_items(body: bytes, identity: str) -> tuple[Item, ...]:
    """The items that a body adds; at least one.  Raises `BadRequest`."""
    asked = decoded(_decoder, body)
    if not asked.items:
        raise missing("items")
    return kept(_items(asked.items, identity))


def kept(items: Sequence[ResponseItem]) -> tuple[Item, ...]:
    """Items as they are kept."""
    return tuple(Item(item.id, msgspec.json.encode(item)) for item in items)


def conversation_body(conversation: Conversation) -> bytes:
    """The body that describes one."""
    return msgspec.json.encode(
        ConversationObject(
            id=conversation.id, created_at=int(conversation.created), metadata=conversation.metadata
        )
    )


def deleted_body(identity: str) -> bytes:
    """The body that says it is gone."""
    return msgspec.json.encode(ConversationDeleted(id=identity))


def _items(wire: Sequence[WireItem], identity: str) -> tuple[ResponseItem, ...]:
    items: list[ResponseItem] = []
    for index, item in enumerate(read_input(wire, "items")):
        if isinstance(item, Reference):
            raise BadRequest("Send the item itself: a reference cannot be kept.", f"items[{index}].type")
        items.append(item)
    return tuple(named(items, identity))
