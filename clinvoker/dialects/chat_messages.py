"""
The `messages` of a chat request: wire to `Message`, or `BadRequest` naming the place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec

from clinvoker.dialects.chat_calls import WireCall, check_results, read_calls
from clinvoker.dialects.checks import checked_id, checked_text, missing
from clinvoker.dialects.images import read_image
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Image, Message, Part, Role, Text

ROLES: tuple[Role, ...] = get_args(Role)
WITH_IMAGES = ("user", "tool")

# Known to OpenAI, and to say so is more useful than to call them invalid.
UNSUPPORTED_ROLES = ("function",)
UNSUPPORTED_PARTS = ("input_audio", "file", "video_url")


class WireImage(msgspec.Struct):
    url: str | None = None
    detail: str | None = None


class WirePart(msgspec.Struct):
    type: str | None = None
    text: str | None = None
    refusal: str | None = None
    image_url: WireImage | None = None


class WireMessage(msgspec.Struct):
    """
    One message as sent.  An assistant's message may come back with all that an answer holds;
    what is null or empty there says nothing.
    """

    role: str | None = None
    content: str | list[WirePart] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[WireCall] | None = None
    tool_call_id: str | None = None
    function_call: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None


def read_messages(wire: Sequence[WireMessage] | None) -> tuple[Message, ...]:
    """
    The conversation.  The order and the number of roles are the client's affair, but for the results
    of tools, which follow their calls.  Raises `BadRequest`, `UnsupportedParameter`.
    """
    if wire is None:
        raise missing("messages")
    if not wire:
        raise BadRequest("Invalid 'messages': it must hold at least one message.", "messages")
    messages = tuple(_message(message, f"messages[{index}]") for index, message in enumerate(wire))
    check_results(messages)
    return messages


def unheard(wire: Sequence[WireMessage]) -> Iterator[str]:
    """The names of what in the messages has no effect, each once."""
    if any(message.name for message in wire):
        yield "messages[].name"
    parts = (part for message in wire if isinstance(message.content, list) for part in message.content)
    if any(part.image_url and part.image_url.detail not in (None, "auto") for part in parts):
        yield "messages[].content[].image_url.detail"


def first_image(messages: Sequence[Message]) -> str:
    """The place of the first picture; the empty string if there is none."""
    for index, message in enumerate(messages):
        for number, part in enumerate(message.parts):
            if isinstance(part, Image):
                return f"messages[{index}].content[{number}]"
    return ""


def _message(wire: WireMessage, at: str) -> Message:
    role = _role(wire.role, f"{at}.role")
    _refuse(wire, role, at)
    return Message(
        role,
        tuple(_parts(wire, role, at)),
        tuple(read_calls(wire.tool_calls, at)),
        checked_id(wire.tool_call_id, f"{at}.tool_call_id") if role == "tool" else "",
    )


def _role(said: str | None, at: str) -> Role:
    for role in ROLES:
        if role == said:
            return role
    if said is None:
        raise missing(at)
    if said in UNSUPPORTED_ROLES:
        raise UnsupportedParameter(f"Messages of role {said!r} are not supported; use 'tool'.", at)
    raise BadRequest(f"Invalid value: {said[:40]!r}. Supported values are: {', '.join(ROLES)}.", at)


def _refuse(wire: WireMessage, role: Role, at: str) -> None:
    if wire.tool_calls and role != "assistant":
        raise BadRequest(f"Messages of role {role!r} hold no calls.", f"{at}.tool_calls")
    for name in ("function_call", "audio"):
        if getattr(wire, name):
            raise UnsupportedParameter(f"{name!r} in messages is not supported.", f"{at}.{name}")


def _parts(wire: WireMessage, role: Role, at: str) -> Iterator[Part]:
    """What the message holds, in its order.  Only an assistant's message may hold nothing."""
    content = wire.content
    if isinstance(content, str):
        yield Text(checked_text(content, f"{at}.content"))
    elif content:
        for index, part in enumerate(content):
            yield _part(part, role, f"{at}.content[{index}]")
    elif role != "assistant":
        raise BadRequest(
            f"Invalid value for '{at}.content': a string or a list of parts is needed.", f"{at}.content"
        )
    elif wire.refusal:
        yield Text(checked_text(wire.refusal, f"{at}.refusal"))


def _part(part: WirePart, role: Role, at: str) -> Part:
    if part.type in UNSUPPORTED_PARTS:
        raise UnsupportedParameter(f"Parts of type {part.type!r} are not supported.", at)
    if part.type == "image_url":
        return _image(part.image_url, role, at)
    if part.type == "refusal" and role == "assistant" and part.refusal is not None:
        return Text(checked_text(part.refusal, f"{at}.refusal"))
    if part.type != "text":
        raise BadRequest(
            f"Invalid value for '{at}.type': parts have type 'text' or 'image_url'.", f"{at}.type"
        )
    if part.text is None:
        raise missing(f"{at}.text")
    return Text(checked_text(part.text, f"{at}.text"))


def _image(wire: WireImage | None, role: Role, at: str) -> Image:
    if role not in WITH_IMAGES:
        raise BadRequest(f"Messages of role {role!r} hold no pictures.", at)
    if wire is None or wire.url is None:
        raise missing(f"{at}.image_url.url")
    return read_image(wire.url, f"{at}.image_url.url")
