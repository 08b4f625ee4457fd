"""Bodies of Responses requests and readings of their answers, as the tests of the dialect need them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clinvoker.dialects.openai_responses import OpenAIResponses
from clinvoker.dialects.responses_items import ResponseItem
from clinvoker.dialects.responses_joining import joined
from clinvoker.dialects.responses_request import ResponsesRequest, read_request
from clinvoker.dialects.responses_stream import StreamedResponse
from clinvoker.errors import BadRequest
from clinvoker.model import (
    Event,
    Finished,
    Message,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from tests.conformance.schemas import complaints
from tests.dialects.chats import USAGE

IDENTITY = "7f"
CREATED = 1_790_000_000

HELLO = (TextDelta("Hel"), TextDelta("lo"), Finished("stop", USAGE))
CALL = (ToolCallStarted("call_1", "get_weather"), ToolCallDelta("call_1", '{"city":'))
CALLING = (*CALL, ToolCallDelta("call_1", '"Oslo"}'), Finished("tool_calls", USAGE))
THINKING = (ReasoningDelta("hm"), ReasoningDelta(" so"), *HELLO)

TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}


def body(**fields: object) -> bytes:
    """A request that is valid but for what `fields` put in; what is None there is left out."""
    whole = {"model": "claude", "input": "Hello", **fields}
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def request(
    history: Sequence[Message] = (), kept: Mapping[str, ResponseItem] = {}, **fields: object
) -> ResponsesRequest:
    """Such a request, read."""
    return joined(read_request(body(**fields)), IDENTITY, history, kept)


def read(*items: object, history: Sequence[Message] = ()) -> tuple[Message, ...]:
    """The messages that input items are read as."""
    return request(history, input=list(items)).invocation.messages


def refusal(sent: bytes) -> BadRequest:
    """The refusal that a body meets."""
    try:
        joined(read_request(sent), IDENTITY)
    except BadRequest as error:
        return error
    raise AssertionError("accepted")


def renderer(**fields: object) -> StreamedResponse:
    """The renderer of the answer to such a request."""
    return OpenAIResponses().renderer(request(**fields), IDENTITY, CREATED)


def whole(events: Sequence[Event], **fields: object) -> dict[str, Any]:
    """The whole answer that the events make."""
    return json.loads(renderer(**fields).feed(events))


def stream(*events: Event, **fields: object) -> list[dict[str, Any]]:
    """The events of the answer, the happenings told one by one."""
    answer = renderer(stream=True, **fields)
    return told(b"".join(answer.feed([event]) for event in events))


def told(sent: bytes) -> list[dict[str, Any]]:
    """The events of a stream; each must have the name of its type, and a line of its own."""
    found = []
    for block in sent.decode().split("\n\n")[:-1]:
        lines = [line for line in block.split("\n") if not line.startswith(":")]
        if lines:
            name, data = lines
            event = json.loads(data.removeprefix("data: "))
            assert name == f"event: {event['type']}", block
            found.append(event)
    return found


def kinds(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The types of events, without what all begin with."""
    return [event["type"].removeprefix("response.") for event in events]


def misfits(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """What in these events breaks OpenAI's schemas; each is held against that of its own type."""
    return [
        f"{event['type']} {fault}" for event in events for fault in complaints(SCHEMAS[event["type"]], event)
    ]


SCHEMAS = {
    "response.created": "ResponseCreatedEvent",
    "response.queued": "ResponseQueuedEvent",
    "response.in_progress": "ResponseInProgressEvent",
    "response.completed": "ResponseCompletedEvent",
    "response.incomplete": "ResponseIncompleteEvent",
    "response.failed": "ResponseFailedEvent",
    "response.output_item.added": "ResponseOutputItemAddedEvent",
    "response.output_item.done": "ResponseOutputItemDoneEvent",
    "response.content_part.added": "ResponseContentPartAddedEvent",
    "response.content_part.done": "ResponseContentPartDoneEvent",
    "response.output_text.delta": "ResponseTextDeltaEvent",
    "response.output_text.done": "ResponseTextDoneEvent",
    "response.function_call_arguments.delta": "ResponseFunctionCallArgumentsDeltaEvent",
    "response.function_call_arguments.done": "ResponseFunctionCallArgumentsDoneEvent",
    "response.reasoning_summary_part.added": "ResponseReasoningSummaryPartAddedEvent",
    "response.reasoning_summary_part.done": "ResponseReasoningSummaryPartDoneEvent",
    "response.reasoning_summary_text.delta": "ResponseReasoningSummaryTextDeltaEvent",
    "response.reasoning_summary_text.done": "ResponseReasoningSummaryTextDoneEvent",
}
