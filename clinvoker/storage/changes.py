"""
Every change that there is, as a value that can be written down and carried out later.

Carrying out again one that puts or drops changes nothing; `AddUsage` is counted by whoever replays.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from clinvoker.records import Conversation, Item, Session, StoredResponse, Turn, UsageRow


class PutSession(msgspec.Struct, frozen=True, tag=True):
    session: Session


class PutTurn(msgspec.Struct, frozen=True, tag=True):
    turn: Turn


class DropSession(msgspec.Struct, frozen=True, tag=True):
    principal: str
    id: str


class PutResponse(msgspec.Struct, frozen=True, tag=True):
    response: StoredResponse


class DropResponse(msgspec.Struct, frozen=True, tag=True):
    principal: str
    id: str


class PutConversation(msgspec.Struct, frozen=True, tag=True):
    conversation: Conversation


class AddItems(msgspec.Struct, frozen=True, tag=True):
    principal: str
    conversation: str
    items: tuple[Item, ...]
    at: float


class DropItem(msgspec.Struct, frozen=True, tag=True):
    principal: str
    conversation: str
    id: str


class DropConversation(msgspec.Struct, frozen=True, tag=True):
    principal: str
    id: str


class AddUsage(msgspec.Struct, frozen=True, tag=True):
    row: UsageRow


Change = (
    PutSession
    | PutTurn
    | DropSession
    | PutResponse
    | DropResponse
    | PutConversation
    | AddItems
    | DropItem
    | DropConversation
    | AddUsage
)

Thing = TypeVar("Thing")

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Change).decode


def decode(data: bytes) -> Change:
    """A change that was encoded; raises `msgspec.DecodeError` where it was not by this version's words."""
    change: Change = _decode(data)
    return change


def sealed(value: Thing) -> tuple[Thing, bytes]:
    """
    A value and how it is written down.  Its texts are mended where they cannot be: programs cut them
    between the halves of a pair, which UTF-8 has no place for.
    """
    try:
        return value, encode(value)
    except UnicodeEncodeError:
        value = msgspec.convert(_mended(msgspec.to_builtins(value, builtin_types=(bytes,))), type(value))
        return value, encode(value)


def _mended(tree: object) -> object:
    if isinstance(tree, str):
        return tree.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(tree, dict):
        return {_mended(key): _mended(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_mended(item) for item in tree]
    return tree
