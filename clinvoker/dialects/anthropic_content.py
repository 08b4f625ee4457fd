"""
The content of Anthropic's messages: blocks as sent to parts, calls and results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from clinvoker.dialects.checks import checked_text, missing
from clinvoker.dialects.images import embedded_image, read_image
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Image, Part, Text

# What the model thought earlier; no program takes it back.
THOUGHTS = ("thinking", "redacted_thinking")

# Known to Anthropic, and to say so is more useful than to call them invalid.
UNSUPPORTED = {
    *("search_result", "container_upload", "server_tool_use", "web_search_tool_result"),
    *("web_fetch_tool_result", "code_execution_tool_result", "bash_code_execution_tool_result"),
    *("text_editor_code_execution_tool_result", "tool_search_tool_result", "mcp_tool_use"),
    *("mcp_tool_result", "browser_state", "compaction", "tool_addition", "tool_removal"),
}


class SentSource(msgspec.Struct):
    type: str | None = None
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    content: str | list[SentBlock] | None = None


class SentBlock(msgspec.Struct):
    """Any block; what it must hold says its type.  Blocks of servers' tools hold objects as content."""

    type: str | None = None
    text: str | None = None
    source: SentSource | str | None = None
    title: str | None = None
    context: str | None = None
    citations: list[Any] | dict[str, Any] | None = None
    cache_control: dict[str, Any] | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, Any] | None = None
    tool_use_id: str | None = None
    tool_name: str | None = None
    content: str | list[SentBlock] | dict[str, Any] | None = None
    is_error: bool | None = None


Content = str | Sequence[SentBlock] | None


def blocks_of(content: Content) -> Sequence[SentBlock]:
    """The blocks of a content; a string has none."""
    return content if isinstance(content, list) else ()


def read_parts(content: Content, at: str) -> Iterator[Part]:
    """
    A content of which nothing is a call or a result; `at` is its place.  Raises `BadRequest`,
    `UnsupportedParameter`.
    """
    if isinstance(content, str):
        yield Text(checked_text(content, at))
    for index, block in enumerate(blocks_of(content)):
        yield from read_block(block, f"{at}[{index}]")


def read_block(block: SentBlock, at: str) -> Iterator[Part]:
    """The parts that one such block is; thoughts are none."""
    if block.type == "text":
        yield _text(block.text, f"{at}.text")
    elif block.type == "image":
        yield _image(block.source, f"{at}.source")
    elif block.type == "document":
        yield from _document(block, at)
    elif block.type == "tool_reference":
        yield Text(f"The tool {block.tool_name or ''!r} can be called now.")
    elif block.type not in THOUGHTS:
        raise unknown(block, at)


def unknown(block: SentBlock, at: str) -> BadRequest:
    """What is to be said of a block that cannot stand there."""
    place = f"{at}.type"
    if block.type is None:
        return missing(place)
    if block.type in UNSUPPORTED:
        return UnsupportedParameter(f"Blocks of type {block.type!r} are not supported.", place)
    return BadRequest(f"Invalid value for {place!r}: {block.type[:40]!r} cannot stand here.", place)


def _text(text: str | None, at: str) -> Text:
    if text is None:
        raise missing(at)
    return Text(checked_text(text, at))


def _image(source: SentSource | str | None, at: str) -> Image:
    if not isinstance(source, SentSource) or source.type is None:
        raise missing(f"{at}.type")
    if source.type == "base64":
        if source.data is None or source.media_type is None:
            raise missing(f"{at}.data" if source.data is None else f"{at}.media_type")
        return embedded_image(source.media_type.lower(), source.data, f"{at}.data")
    if source.type == "url":
        if source.url is None:
            raise missing(f"{at}.url")
        return read_image(source.url, f"{at}.url")
    raise UnsupportedParameter(f"Pictures come as base64 or by url, not {source.type[:40]!r}.", f"{at}.type")


def _document(block: SentBlock, at: str) -> Iterator[Part]:
    """A document whose text was sent: what it is called, then what it says."""
    source, place = block.source, f"{at}.source"
    if not isinstance(source, SentSource) or source.type is None:
        raise missing(f"{place}.type")
    if source.type not in ("text", "content"):
        raise UnsupportedParameter(
            f"Documents of type {source.type[:40]!r} are not supported; send the text.",
            f"{place}.type",
        )
    for name in filter(None, (block.title, block.context)):
        yield Text(checked_text(name, at) + "\n\n")
    if source.type == "text":
        yield _text(source.data, f"{place}.data")
    else:
        yield from read_parts(source.content, f"{place}.content")
