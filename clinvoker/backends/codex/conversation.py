"""
A conversation as items of the Responses API, which is what `thread/inject_items` takes, and results
as the program takes them for a call that it holds.

A result reaches the provider the same by both ways: one text as a string, anything else as a list, and
pictures with the detail that the program gives those that it is brought (0.169.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clinvoker.backends.codex.tools import id_there, name_there
from clinvoker.model import Image, Message, Part, Role, Text, ToolCall
from clinvoker.talk import sendable

_ROLES: dict[Role, str] = {
    "system": "developer",  # "system" must not be sent: the program drops such items without a word (0.169.0)
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
}

_NOTHING = (Text(""),)  # the result of a call that has none


def items(messages: Sequence[Message]) -> list[dict[str, object]]:
    """
    One item for each message with one content part for each of its parts, texts as they are; then one
    for each call.  Results stand in the order of their calls, as the program itself has them.
    """
    return [item for message in _in_order(messages) for item in _items(message)]


def result_there(message: Message) -> dict[str, object]:
    """The result of a call as `item/tool/call` is answered."""
    return {"contentItems": [_held(part) for part in message.parts or _NOTHING], "success": True}


def weight(messages: Sequence[Message]) -> int:
    """How long the parts of messages are, in characters."""
    parts = (part for message in messages for part in message.parts)
    return sum(len(part.data if isinstance(part, Image) else part.text) for part in parts)


def remote_image(messages: Sequence[Message]) -> int | None:
    """The first message with a picture that is not here, if there is one."""
    for index, message in enumerate(messages):
        if any(isinstance(part, Image) and not part.data for part in message.parts):
            return index
    return None


def _in_order(messages: Sequence[Message]) -> Iterator[Message]:
    """The messages, neighbouring results in the order of the calls before them."""
    order: dict[str, int] = {}
    results: list[Message] = []
    for message in messages:
        if message.role == "tool":
            results.append(message)
            continue
        yield from sorted(results, key=lambda result: order.get(result.call_id, len(order)))
        results, order = [], {call.id: index for index, call in enumerate(message.calls)}
        yield message
    yield from sorted(results, key=lambda result: order.get(result.call_id, len(order)))


def _items(message: Message) -> Iterator[dict[str, object]]:
    if message.role == "tool":
        yield {
            "type": "function_call_output",
            "call_id": id_there(message.call_id),
            "output": _output(message.parts or _NOTHING),
        }
        return
    if message.parts or not message.calls:
        content = [_content(part, message.role) for part in message.parts]
        yield {"type": "message", "role": _ROLES[message.role], "content": content}
    yield from map(_call, message.calls)


def _call(call: ToolCall) -> dict[str, object]:
    return {
        "type": "function_call",
        "call_id": id_there(call.id),
        "name": name_there(call.name),
        "arguments": sendable(call.arguments),
    }


def _output(parts: Sequence[Part]) -> object:
    first = parts[0]
    if len(parts) == 1 and isinstance(first, Text):
        return sendable(first.text)
    return [_content(part, "tool") for part in parts]


def _content(part: Part, role: Role) -> dict[str, object]:
    if isinstance(part, Image):
        picture: dict[str, object] = {"type": "input_image", "image_url": _url(part)}
        return {**picture, "detail": "high"} if role == "tool" else picture
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": kind, "text": sendable(part.text)}


def _held(part: Part) -> dict[str, object]:
    if isinstance(part, Image):
        return {"type": "inputImage", "imageUrl": _url(part)}
    return {"type": "inputText", "text": sendable(part.text)}


def _url(image: Image) -> str:
    return f"data:{image.media_type};base64,{image.data}"
