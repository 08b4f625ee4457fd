"""
The items of the Responses API, as they are kept and as they are sent to clients.

A conversation is a flat list of them: a call is an item of its own, not a part of a message.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ItemStatus = Literal["in_progress", "completed", "incomplete"]
Asker = Literal["system", "developer", "user"]
Detail = Literal["low", "high", "auto", "original"]


class OutputText(msgspec.Struct, frozen=True, tag_field="type", tag="output_text"):
    text: str
    annotations: tuple[Any, ...] = ()
    logprobs: tuple[Any, ...] = ()


class InputText(msgspec.Struct, frozen=True, tag_field="type", tag="input_text"):
    text: str


class InputImage(msgspec.Struct, frozen=True, tag_field="type", tag="input_image"):
    image_url: str
    detail: Detail = "auto"


class SummaryText(msgspec.Struct, frozen=True, tag_field="type", tag="summary_text"):
    text: str


InputPart = InputText | InputImage
ItemPart = OutputText | InputPart


class MessageItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """Anybody's message; the parts of an assistant's are `OutputText`, of all others `InputPart`."""

    id: str
    status: ItemStatus = "completed"
    role: Asker | Literal["assistant"]
    content: tuple[ItemPart, ...]


class CallItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call"):
    """A call of a function; `id` names the item, `call_id` what its result is known by."""

    id: str
    status: ItemStatus = "completed"
    call_id: str
    name: str
    arguments: str


class ResultItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"):
    id: str
    status: ItemStatus = "completed"
    call_id: str
    output: str | tuple[InputPart, ...]


class ReasoningItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="reasoning"):
    """What the model thought, as far as it was told.  Sent back it says nothing to any program."""

    id: str
    status: ItemStatus = "completed"
    summary: tuple[SummaryText, ...] = ()
    encrypted_content: str | None = None


ResponseItem = MessageItem | CallItem | ResultItem | ReasoningItem

PREFIXES: dict[type[ResponseItem], str] = {
    MessageItem: "msg",
    CallItem: "fc",
    ResultItem: "fco",
    ReasoningItem: "rs",
}

_decoder: msgspec.json.Decoder[ResponseItem] = msgspec.json.Decoder(ResponseItem)


def decoded_item(body: bytes) -> ResponseItem:
    """An item as it was kept."""
    return _decoder.decode(body)


def output_id(kind: type[ResponseItem], identity: str, number: int) -> str:
    """The id of an item of the answer that `identity` names; they are numbered from 0."""
    return f"{PREFIXES[kind]}_{identity}_{number}"


def input_id(kind: type[ResponseItem], identity: str, number: int) -> str:
    """The id of an item that came with the request that `identity` names."""
    return f"{PREFIXES[kind]}_{identity}_in{number}"


def owner_of(item_id: str) -> str:
    """The `identity` that an id was made of; the empty string if it was not made here."""
    prefix, _, rest = item_id.partition("_")
    return rest.rpartition("_")[0] if prefix in PREFIXES.values() else ""


def answer_of(item_id: str) -> str:
    """The `identity` of the answer that an item is part of; the empty string for what was input."""
    return owner_of(item_id) if item_id.rpartition("_")[2].isdigit() else ""
