"""
A Responses request and the conversation it continues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from clinvoker.dialects.calls import loose_ends
from clinvoker.dialects.checks import missing
from clinvoker.dialects.depending import depending
from clinvoker.dialects.extension import depending_on
from clinvoker.dialects.responses_input import Given, Reference, named
from clinvoker.dialects.responses_items import InputImage, MessageItem, ResponseItem, ResultItem
from clinvoker.dialects.responses_messages import messages_of
from clinvoker.dialects.responses_request import ResponsesRequest
from clinvoker.errors import BadRequest
from clinvoker.model import Message

# How this API calls what backends know by another name.
PLACES: Mapping[str, str] = {
    "max_tokens": "max_output_tokens",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
}


def joined(
    asked: ResponsesRequest,
    identity: str,
    history: Sequence[Message] = (),
    kept: Mapping[str, ResponseItem] = {},
) -> ResponsesRequest:
    """
    The request with the conversation it continues, and the items it refers to.  `identity` is what the
    answer is called by.

    Raises `BadRequest` if together they are no conversation, or an item is not among the `kept`.
    """
    items = tuple(named(_found(asked.given, kept), identity))
    places = [f"input[{index}]" for index in range(len(items))]
    new = tuple(messages_of(zip(items, places, strict=True)))
    if not history and not new:
        raise missing("input")
    _check_results([*history, *new])
    messages = (*asked.invocation.messages, *history, *new)
    invocation = replace(asked.invocation, messages=messages)
    verbosity = ("verbosity",) if asked.response.text.get("verbosity") else ()
    return replace(
        asked,
        invocation=invocation,
        depending=(*depending(invocation), *depending_on(invocation.agency), *verbosity),
        places={**PLACES, "images": _first_image(items)},
        items=items,
        messages=new,
    )


def _found(given: Sequence[Given], kept: Mapping[str, ResponseItem]) -> Iterator[ResponseItem]:
    for index, item in enumerate(given):
        if not isinstance(item, Reference):
            yield item
        elif item.id in kept:
            yield kept[item.id]
        else:
            raise BadRequest(f"There is no item {item.id[:100]!r} that is kept.", f"input[{index}].id")


def _check_results(messages: Sequence[Message]) -> None:
    for end in loose_ends(messages):
        message = messages[end.message]
        if end.call is None:
            said = f"There is no function call with call_id {message.call_id!r} that this output answers."
        else:
            said = f"There is no output for the function call {message.calls[end.call].id!r}."
        raise BadRequest(said, "input")


def _first_image(items: Sequence[ResponseItem]) -> str:
    """The place of the first picture; that of all of the input if it came earlier."""
    for index, item in enumerate(items):
        if isinstance(item, MessageItem | ResultItem):
            name, parts = (
                ("content", item.content) if isinstance(item, MessageItem) else ("output", item.output)
            )
            for number, part in enumerate(parts):
                if isinstance(part, InputImage):
                    return f"input[{index}].{name}[{number}]"
    return "input"
