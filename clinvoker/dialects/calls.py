"""
Calls and their results in conversations, in whichever format they were sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from clinvoker.model import Message

# Under this key the model is shown what it wrote where that was no JSON object, as Anthropic advises:
# the conversations of programs have a place for objects only.
INVALID = "INVALID_JSON"


def object_text(said: str) -> str:
    """The arguments as they are, if they are a JSON object; else one that holds them."""
    if not said.strip():
        return "{}"
    try:
        msgspec.json.decode(said, type=dict[str, object])
    except (ValueError, RecursionError):
        return msgspec.json.encode({INVALID: said}).decode()
    return said


class LooseEnd(msgspec.Struct, frozen=True):
    """
    A call that has no result, the one of that number in a message; or, with no number, a result without
    its call.
    """

    message: int
    call: int | None = None


def loose_ends(messages: Sequence[Message]) -> Iterator[LooseEnd]:
    """
    What keeps calls and results from being pairs: each call is followed by its result, and each result
    answers a call of the assistant's message before it.  Providers refuse anything else.
    """
    awaited: dict[str, LooseEnd] = {}
    for index, message in enumerate(messages):
        if message.role == "tool":
            if awaited.pop(message.call_id, None) is None:
                yield LooseEnd(index)
            continue
        yield from awaited.values()
        awaited = {call.id: LooseEnd(index, number) for number, call in enumerate(message.calls)}
    yield from awaited.values()
