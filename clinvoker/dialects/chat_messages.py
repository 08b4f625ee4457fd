"""
The `messages` of a chat request: wire to `Message`, or `BadRequest` naming the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import msgspec

from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Message, Role, Text

ROLES: tuple[Role, ...] = get_args(Role)

# Known to OpenAI, and to say so is more useful than to call them invalid.
UNSUPPORTED_ROLES = ("tool", "function")
UNSUPPORTED_PARTS = ("image_url", "input_audio", "file", "video_url")


class WirePart(msgspec.Struct):
    type: str | None = None
    text: str | None = None
    refusal: str | None = None


class WireMessage(msgspec.Struct):
    """
    One message as sent.  An assistant's message may come back with all that an answer holds;
    what is null or empty there says nothing.
    """

    role: str | None = None
    content: str | list[WirePart] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[object] | None = None
    function_call: dict[str, object] | None = None
    audio: dict[str, object] | None = None


def read_messages(wire: list[WireMessage] | None) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """
    The conversation, and the names of what in it has no effect.  The order and the number of
    roles are the client's affair.  Raises `BadRequest`, `UnsupportedParameter`.
    """
    if wire is None:
        raise BadRequest("Missing required parameter: 'messages'.", "messages")
    if not wire:
        raise BadRequest("Invalid 'messages': it must hold at least one message.", "messages")
    messages = tuple(_message(message, f"messages[{index}]") for index, message in enumerate(wire))
    return messages, ("messages[].name",) if any(message.name for message in wire) else ()


def _message(wire: WireMessage, at: str) -> Message:
    role = _role(wire.role, f"{at}.role")
    _refuse(wire, at)
    return Message(role, tuple(_parts(wire, role, at)))


def _role(said: str | None, at: str) -> Role:
    for role in ROLES:
        if role == said:
            return role
    if said is None:
        raise BadRequest(f"Missing required parameter: {at!r}.", at)
    if said in UNSUPPORTED_ROLES:
        raise UnsupportedParameter(f"Messages of role {said!r} are not supported yet.", at)
    raise BadRequest(f"Invalid value: {said[:40]!r}. Supported values are: {', '.join(ROLES)}.", at)


def _refuse(wire: WireMessage, at: str) -> None:
    for name in ("tool_calls", "function_call", "audio"):
        if getattr(wire, name):
            raise UnsupportedParameter(f"{name!r} in messages is not supported yet.", f"{at}.{name}")


def _parts(wire: WireMessage, role: Role, at: str) -> Iterator[Text]:
    """The texts in their order.  Only an assistant's message may have none."""
    content = wire.content
    if isinstance(content, str):
        yield _text(content, f"{at}.content")
    elif content:
        for index, part in enumerate(content):
            yield _part(part, role, f"{at}.content[{index}]")
    elif role != "assistant":
        raise BadRequest(
            f"Invalid value for '{at}.content': a string or a list of parts is needed.", f"{at}.content"
        )
    elif wire.refusal:
        yield _text(wire.refusal, f"{at}.refusal")


def _part(part: WirePart, role: Role, at: str) -> Text:
    if part.type in UNSUPPORTED_PARTS:
        raise UnsupportedParameter(f"Parts of type {part.type!r} are not supported yet; send text.", at)
    if part.type == "refusal" and role == "assistant" and part.refusal is not None:
        return _text(part.refusal, f"{at}.refusal")
    if part.type != "text":
        raise BadRequest(f"Invalid value for '{at}.type': parts have type 'text'.", f"{at}.type")
    if part.text is None:
        raise BadRequest(f"Missing required parameter: '{at}.text'.", f"{at}.text")
    return _text(part.text, f"{at}.text")


def _text(text: str, at: str) -> Text:
    # No program can be told a NUL by every way a text may travel: an argument or a C string ends there.
    if "\0" in text:
        raise BadRequest(f"Invalid value for {at!r}: a text must not hold NUL (U+0000).", at)
    return Text(text)
