"""Bodies of chat requests and readings of chat answers, as the tests of the dialect need them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.errors import BadRequest
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event, Finished, TextDelta, Usage

USER = {"role": "user", "content": "Hello"}
USAGE = Usage(input=12, cached=5, output=7, reasoning=3)
IDENTITY = "1"
CREATED = 1_790_000_000

HELLO = (TextDelta("Hel"), TextDelta("lo"), Finished("stop", USAGE))


def body(**fields: object) -> bytes:
    """A request that is valid but for what `fields` put in."""
    return json.dumps({"model": "claude", "messages": [USER], **fields}).encode()


def renderer(**fields: object) -> IRenderer:
    """The renderer of the answer to such a request."""
    dialect = OpenAIChat()
    return dialect.renderer(dialect.parse(body(**fields)), IDENTITY, CREATED)


def whole(events: Sequence[Event], **fields: object) -> dict:
    """The whole answer that the events make."""
    return json.loads(renderer(**fields).feed(events))


def payloads(stream: bytes) -> list[str]:
    """
    The `data` of each event of a stream, by the rules of the event stream format: lines by LF,
    a blank line ends an event, comments say nothing, what is cut off is lost.
    """
    found: list[str] = []
    data: list[str] = []
    for line in stream.decode().split("\n")[:-1]:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            found.append("\n".join(data))
            data = []
    return found


def chunks(stream: bytes) -> list[dict]:
    """The chunks of a stream, without its `[DONE]`."""
    return [json.loads(payload) for payload in payloads(stream) if payload != "[DONE]"]


def said(stream: bytes, field: str = "content") -> str:
    """All pieces of one field of the message, joined."""
    deltas = [choice["delta"] for chunk in chunks(stream) for choice in chunk["choices"]]
    return "".join(delta.get(field, "") for delta in deltas)


def tool(name: str = "get_weather", **function: object) -> dict[str, object]:
    """A tool as the client sends it."""
    return {"type": "function", "function": {"name": name, **function}}


def call(call_id: str = "call_1", name: str = "get_weather", arguments: str = "{}") -> dict[str, object]:
    """A call as it comes back in the history."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls: object) -> dict[str, object]:
    """The assistant's message that makes these calls."""
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def result(call_id: str = "call_1", content: object = "sunny") -> dict[str, object]:
    """The message with the result of a call."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def refusal(sent: bytes) -> BadRequest:
    """The refusal that a body meets."""
    try:
        OpenAIChat().parse(sent)
    except BadRequest as error:
        return error
    raise AssertionError("accepted")
