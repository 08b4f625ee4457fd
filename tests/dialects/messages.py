"""Bodies of requests in Anthropic's format and readings of answers, as the tests of the dialect need them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from clinvoker.dialects.anthropic_messages import AnthropicMessages
from clinvoker.dialects.anthropic_request import MessageRequest, read_request
from clinvoker.errors import BadRequest
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, Invocation, TextDelta, Usage
from tests.dialects.chats import payloads

USER = {"role": "user", "content": "Hello"}
USAGE = Usage(input=12, cached=5, output=7, reasoning=3)
HELLO = (TextDelta("Hel"), TextDelta("lo"), Finished("stop", USAGE))
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="


def body(**fields: object) -> bytes:
    """A request that is valid but for what `fields` put in."""
    return json.dumps({"model": "claude", "max_tokens": 100, "messages": [USER], **fields}).encode()


def read(**fields: object) -> MessageRequest:
    """What such a request asks."""
    return read_request(body(**fields))


def invocation(*messages: object, **fields: object) -> Invocation:
    """What a conversation asks."""
    return read(messages=[*messages], **fields).invocation


def refusal(**fields: object) -> BadRequest:
    """The refusal that such a request meets."""
    try:
        read(**fields)
    except BadRequest as error:
        return error
    raise AssertionError("accepted")


def refused(*messages: object) -> str | None:
    """The place for which a conversation is refused."""
    return refusal(messages=[*messages]).param


def user(*blocks: object) -> dict[str, object]:
    """The user's message."""
    return {"role": "user", "content": [*blocks]}


def assistant(*blocks: object) -> dict[str, object]:
    """The assistant's message."""
    return {"role": "assistant", "content": [*blocks]}


def text(said: str = "Hello", **more: object) -> dict[str, object]:
    """A block of text."""
    return {"type": "text", "text": said, **more}


def call(call_id: str = "c1", name: str = "get_weather", **more: object) -> dict[str, object]:
    """A call as it comes back in the history."""
    return {"type": "tool_use", "id": call_id, "name": name, "input": {"city": "Oslo"}, **more}


def result(call_id: str = "c1", content: object = "sunny", **more: object) -> dict[str, object]:
    """The result of a call."""
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


def image(**source: object) -> dict[str, object]:
    """A picture, as base64 unless told."""
    return {"type": "image", "source": source or {"type": "base64", "media_type": "image/png", "data": PIXEL}}


def tool(name: str = "get_weather", **more: object) -> dict[str, object]:
    """A tool as the client sends it."""
    return {"name": name, "description": "The weather.", "input_schema": SCHEMA, **more}


def renderer(**fields: object) -> IRenderer:
    """The renderer of the answer to such a request."""
    dialect = AnthropicMessages("req-1")
    return dialect.renderer(dialect.parse(body(**fields)), "1", 0)


def whole(*events: Event, **fields: object) -> dict:
    """The whole answer that the events make."""
    return json.loads(renderer(**fields).feed(events))


def streamed(*events: Event, **fields: object) -> bytes:
    """All the bytes of an answer, its events fed one by one."""
    answer = renderer(stream=True, **fields)
    return b"".join(answer.feed([event]) for event in events)


def told(stream: bytes) -> list[dict]:
    """The events of a stream."""
    return [json.loads(payload) for payload in payloads(stream)]


def kinds(stream: bytes) -> list[str]:
    """The types of the events of a stream."""
    return [event["type"] for event in told(stream)]


def joined(stream: bytes) -> list[dict]:
    """The content blocks that a stream makes, as a client joins them.  Fails where they are out of order."""
    blocks: list[dict] = []
    state = ""
    for event in told(stream):
        if event["type"] == "content_block_start":
            assert state == ""
            assert event["index"] == len(blocks)
            blocks.append({**event["content_block"], "pieces": ""})
            state = "open"
        elif event["type"] == "content_block_delta":
            assert state == "open"
            assert event["index"] == len(blocks) - 1
            blocks[-1]["pieces"] += _piece(event["delta"])
        elif event["type"] == "content_block_stop":
            assert state == "open"
            assert event["index"] == len(blocks) - 1
            state = ""
    return blocks


def pieces(blocks: Sequence[dict]) -> list[tuple[str, str]]:
    """Type and text of each block."""
    return [(block["type"], block["pieces"]) for block in blocks]


def _piece(delta: dict) -> str:
    words = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
    return delta[words[delta["type"]]]
