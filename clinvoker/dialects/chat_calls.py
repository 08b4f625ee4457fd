"""
Calls and their results in the history of a chat: wire to `ToolCall`, and whether each call has its result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from clinvoker.dialects.chat_tools import check_function
from clinvoker.dialects.checks import checked_id, checked_name, missing
from clinvoker.errors import BadRequest
from clinvoker.model import Message, ToolCall

# Under this key the model is shown what it wrote where that was no JSON object, as Anthropic advises:
# the conversations of programs have a place for objects only.
INVALID = "INVALID_JSON"


class WireCalled(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class WireCall(msgspec.Struct):
    id: str | None = None
    type: str | None = None
    function: WireCalled | None = None


def read_calls(wire: Sequence[WireCall] | None, at: str) -> Iterator[ToolCall]:
    """The calls in an assistant's message; `at` is its place.  Raises `BadRequest`."""
    ids: set[str] = set()
    for index, sent in enumerate(wire or ()):
        call = _call(sent, f"{at}.tool_calls[{index}]")
        if call.id in ids:
            place = f"{at}.tool_calls[{index}].id"
            raise BadRequest(f"Invalid value for {place!r}: another call has this id.", place)
        ids.add(call.id)
        yield call


def check_results(messages: Sequence[Message]) -> None:
    """
    Each call is followed by its result, and each result answers a call of the assistant's message before
    it: providers refuse anything else.  Raises `BadRequest`.
    """
    awaited: dict[str, str] = {}  # id of a call without a result -> its place
    for index, message in enumerate(messages):
        if message.role == "tool":
            if awaited.pop(message.call_id, None) is None:
                place = f"messages[{index}].tool_call_id"
                raise BadRequest(
                    f"Invalid value for {place!r}: the assistant's message before it has no such call,"
                    " or the call has its result already.",
                    place,
                )
            continue
        _check_none_awaited(awaited)
        awaited = {call.id: f"messages[{index}].tool_calls[{n}]" for n, call in enumerate(message.calls)}
    _check_none_awaited(awaited)


def _check_none_awaited(awaited: dict[str, str]) -> None:
    for place in awaited.values():
        raise BadRequest(
            f"The call at {place!r} has no result: messages of role 'tool', one for each call, must follow.",
            place,
        )


def _call(wire: WireCall, at: str) -> ToolCall:
    check_function(wire.type, f"{at}.type")
    function = wire.function or WireCalled()
    name = checked_name(function.name, f"{at}.function.name")
    if function.arguments is None:
        raise missing(f"{at}.function.arguments")
    return ToolCall(checked_id(wire.id, f"{at}.id"), name, _object_text(function.arguments))


def _object_text(said: str) -> str:
    """The arguments as they are, if they are a JSON object; else one that holds them."""
    if not said.strip():
        return "{}"
    try:
        msgspec.json.decode(said, type=dict[str, object])
    except (ValueError, RecursionError):
        return msgspec.json.encode({INVALID: said}).decode()
    return said
