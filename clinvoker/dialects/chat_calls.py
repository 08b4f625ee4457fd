"""
Calls and their results in the history of a chat: wire to `ToolCall`, and whether each call has its result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from clinvoker.dialects.calls import loose_ends, object_text
from clinvoker.dialects.checks import checked_id, checked_name, missing
from clinvoker.dialects.tools import check_function
from clinvoker.errors import BadRequest
from clinvoker.model import Message, ToolCall


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
    """Raises `BadRequest` unless each call is followed by its result and each result follows its call."""
    for end in loose_ends(messages):
        if end.call is None:
            place = f"messages[{end.message}].tool_call_id"
            raise BadRequest(
                f"Invalid value for {place!r}: the assistant's message before it has no such call,"
                " or the call has its result already.",
                place,
            )
        place = f"messages[{end.message}].tool_calls[{end.call}]"
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
    return ToolCall(checked_id(wire.id, f"{at}.id"), name, object_text(function.arguments))
