"""
The `input` of a Responses request: wire to items, or `BadRequest` naming the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

import msgspec
from msgspec.structs import replace

from clinvoker.dialects.checks import checked_id, checked_name, checked_text, missing
from clinvoker.dialects.responses_items import (
    Asker,
    CallItem,
    Detail,
    InputImage,
    InputPart,
    InputText,
    ItemPart,
    MessageItem,
    OutputText,
    ReasoningItem,
    ResponseItem,
    ResultItem,
    SummaryText,
    input_id,
)
from clinvoker.errors import BadRequest, UnsupportedParameter

ASKERS: tuple[Asker, ...] = get_args(Asker)
# Clients are not at one about which of them belongs into whose message.
TEXTS = ("input_text", "output_text", "text")
UNSUPPORTED_PARTS = ("input_file", "input_audio")


class WirePart(msgspec.Struct):
    type: str | None = None
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    file_id: str | None = None
    detail: Detail | None = None


Content = str | list[WirePart]


class WireItem(msgspec.Struct):
    """
    One item as sent.  A message need not say that it is one.  What answers hold besides says nothing
    when it is sent back.
    """

    type: str | None = None
    id: str | None = None
    role: str | None = None
    content: Content | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: Content | None = None
    summary: list[WirePart] | None = None
    encrypted_content: str | None = None


class Reference(msgspec.Struct, frozen=True):
    """Stands for an item that is kept."""

    id: str


Given = ResponseItem | Reference


def read_input(wire: str | Sequence[WireItem] | None, at: str = "input") -> tuple[Given, ...]:
    """
    The items; the ids of those that were sent without one are empty.  A string is a message of the user's.

    Raises `BadRequest`; `UnsupportedParameter` for kinds of items that only OpenAI itself can make.
    """
    if isinstance(wire, str):
        wire = [WireItem(role="user", content=wire)]
    return tuple(_item(sent, f"{at}[{index}]") for index, sent in enumerate(wire or ()))


def named(items: Iterable[ResponseItem], identity: str) -> Iterator[ResponseItem]:
    """The items, those without an id called by what they came with."""
    for number, item in enumerate(items):
        yield item if item.id else replace(item, id=input_id(type(item), identity, number))


def unheard(wire: str | Sequence[WireItem] | None) -> Iterator[str]:
    """The names of what in the input has no effect, each once."""
    items = [] if wire is None or isinstance(wire, str) else wire
    contents = [content for item in items for content in (item.content, item.output)]
    parts = (part for content in contents if isinstance(content, list) for part in content)
    if any(part.detail not in (None, "auto") for part in parts):
        yield "input[].content[].detail"


def _item(wire: WireItem, at: str) -> Given:
    kind = wire.type or ("message" if wire.role else "item_reference" if wire.id else None)
    if kind is None:
        raise missing(f"{at}.type")
    if kind == "item_reference":
        return Reference(checked_id(wire.id, f"{at}.id"))
    item_id = "" if wire.id is None else checked_id(wire.id, f"{at}.id")
    if kind == "message":
        return _message(wire, at, item_id)
    if kind == "function_call":
        return _call(wire, at, item_id)
    if kind == "function_call_output":
        return _result(wire, at, item_id)
    if kind == "reasoning":
        return _reasoning(wire, item_id)
    raise UnsupportedParameter(
        f"Items of type {kind[:40]!r} are not supported: messages, function calls, their outputs, reasoning"
        " and references are.",
        f"{at}.type",
    )


def _message(wire: WireItem, at: str, item_id: str) -> MessageItem:
    if wire.content is None or (wire.content == [] and wire.role != "assistant"):
        raise BadRequest(
            f"Invalid value for '{at}.content': a string or a list of parts is needed.", f"{at}.content"
        )
    if wire.role == "assistant":
        said = tuple(_said(wire.content, f"{at}.content"))
        return MessageItem(id=item_id, role="assistant", content=said)
    for role in ASKERS:
        if role == wire.role:
            content = tuple(_asked(wire.content, f"{at}.content"))
            return MessageItem(id=item_id, role=role, content=content)
    place = f"{at}.role"
    if wire.role is None:
        raise missing(place)
    raise BadRequest(
        f"Invalid value: {wire.role[:40]!r}. Supported values are: assistant, {', '.join(ASKERS)}.", place
    )


def _said(content: Content, at: str) -> Iterator[ItemPart]:
    """What an assistant's message holds."""
    if isinstance(content, str):
        yield OutputText(checked_text(content, at))
        return
    for index, part in enumerate(content):
        place = f"{at}[{index}]"
        if part.type == "refusal" and part.refusal is not None:
            yield OutputText(checked_text(part.refusal, f"{place}.refusal"))
        else:
            yield OutputText(_text(part, place))


def _asked(content: Content, at: str) -> Iterator[InputPart]:
    """What anybody else's message holds."""
    if isinstance(content, str):
        yield InputText(checked_text(content, at))
        return
    for index, part in enumerate(content):
        place = f"{at}[{index}]"
        yield _image(part, place) if part.type == "input_image" else InputText(_text(part, place))


def _text(part: WirePart, at: str) -> str:
    if part.type in UNSUPPORTED_PARTS:
        raise UnsupportedParameter(f"Parts of type {part.type!r} are not supported.", at)
    if part.type not in TEXTS:
        raise BadRequest(
            f"Invalid value for '{at}.type': parts have type 'input_text', 'input_image' or 'output_text'.",
            f"{at}.type",
        )
    if part.text is None:
        raise missing(f"{at}.text")
    return checked_text(part.text, f"{at}.text")


def _image(part: WirePart, at: str) -> InputImage:
    if part.file_id is not None:
        raise UnsupportedParameter("There are no files here: send the picture itself.", f"{at}.file_id")
    if part.image_url is None:
        raise missing(f"{at}.image_url")
    return InputImage(part.image_url, part.detail or "auto")


def _call(wire: WireItem, at: str, item_id: str) -> CallItem:
    if wire.arguments is None:
        raise missing(f"{at}.arguments")
    return CallItem(
        id=item_id,
        call_id=checked_id(wire.call_id, f"{at}.call_id"),
        name=checked_name(wire.name, f"{at}.name"),
        arguments=wire.arguments,
    )


def _result(wire: WireItem, at: str, item_id: str) -> ResultItem:
    call_id = checked_id(wire.call_id, f"{at}.call_id")
    if wire.output is None:
        raise missing(f"{at}.output")
    if isinstance(wire.output, str) or not wire.output:
        said = checked_text(str(wire.output or ""), f"{at}.output")
        return ResultItem(id=item_id, call_id=call_id, output=said)
    return ResultItem(id=item_id, call_id=call_id, output=tuple(_asked(wire.output, f"{at}.output")))


def _reasoning(wire: WireItem, item_id: str) -> ReasoningItem:
    summary = tuple(SummaryText(part.text or "") for part in wire.summary or ())
    return ReasoningItem(id=item_id, summary=summary, encrypted_content=wire.encrypted_content)
