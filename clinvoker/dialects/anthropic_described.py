"""
The events of a streamed answer in Anthropic's format, as types: for the OpenAPI document.
`anthropic_stream` and `anthropic_blocks` write them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from clinvoker.dialects.anthropic_usage import MessageUsage
from clinvoker.model import Action


class BegunMessage(msgspec.Struct, kw_only=True):
    """A message of which nothing has been said; the number of tokens read is an estimate."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: tuple[()]
    stop_reason: None
    stop_sequence: None
    usage: MessageUsage


class MessageStart(msgspec.Struct, tag_field="type", tag="message_start"):
    message: BegunMessage


class BegunBlock(msgspec.Struct, kw_only=True):
    """A block as it begins; what it has is empty, but for a call's id and name."""

    type: Literal["text", "thinking", "tool_use"]
    text: str = ""
    thinking: str = ""
    signature: str = ""
    id: str = ""
    name: str = ""
    input: dict[str, Any] = {}


class ContentBlockStart(msgspec.Struct, tag_field="type", tag="content_block_start"):
    index: int
    content_block: BegunBlock


class BlockDelta(msgspec.Struct, kw_only=True):
    """What is new of a block, in the field that its type names."""

    type: Literal["text_delta", "thinking_delta", "input_json_delta"]
    text: str = ""
    thinking: str = ""
    partial_json: str = ""


class ContentBlockDelta(msgspec.Struct, tag_field="type", tag="content_block_delta"):
    index: int
    delta: BlockDelta


class ContentBlockStop(msgspec.Struct, tag_field="type", tag="content_block_stop"):
    index: int


class MessageStop(msgspec.Struct, tag_field="type", tag="message_stop"):
    """The last event of a stream that did not fail."""


class Ping(msgspec.Struct, tag_field="type", tag="ping"):
    """Shows life."""


class Step(msgspec.Struct, tag_field="type", tag="clinvoker"):
    """A step of the agent's own, for who asked to be told."""

    action: Action


EVENTS = (
    MessageStart,
    ContentBlockStart,
    ContentBlockDelta,
    ContentBlockStop,
    MessageStop,
    Ping,
    Step,
)
