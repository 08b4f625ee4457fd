"""Tokens as the daemon counts them where nobody else does: four bytes of UTF-8 are one.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from clinvoker.model import Image, Invocation, Message

# What a program may tell: more is nonsense, and no store can hold it.
MOST = 2**53
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]

BYTES = 4
OF_A_MESSAGE = 4  # for its role and its borders
OF_A_PICTURE = 1600  # what Anthropic counts for one of the largest size it does not shrink


def estimate(text: str) -> int:
    """About how many tokens a text is; at least one if it is not empty."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES)


def of_letters(count: int) -> int:
    """About how many tokens so many letters are."""
    return -(-count // BYTES)


def of_messages(messages: Iterable[Message]) -> int:
    """About how many tokens a conversation's text is."""
    return sum(estimate(message.text) + OF_A_MESSAGE for message in messages)


def of_invocation(invocation: Invocation) -> int:
    """
    About how many tokens a provider would read for this: text, calls, pictures, tools, the answer's
    schema.  What the program adds of its own is not known here and not counted.
    """
    parts = (part for message in invocation.messages for part in message.parts)
    calls = (call for message in invocation.messages for call in message.calls)
    return (
        of_messages(invocation.messages)
        + OF_A_PICTURE * sum(isinstance(part, Image) for part in parts)
        + sum(estimate(call.name) + estimate(call.arguments) for call in calls)
        + sum(map(_of_value, invocation.tools.offered))
        + (_of_value(invocation.output.schema) if invocation.output.schema else 0)
    )


def _of_value(value: object) -> int:
    return estimate(msgspec.json.encode(value).decode())
