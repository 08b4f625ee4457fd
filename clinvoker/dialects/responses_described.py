"""
The events of a streamed response, as types: for the OpenAPI document.  `responses_pieces` writes them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from clinvoker.dialects.responses_items import OutputText, ResponseItem, SummaryText
from clinvoker.dialects.responses_object import ResponseObject
from clinvoker.model import Action


class ResponseLifeEvent(msgspec.Struct, kw_only=True):
    """How far the response is; the last event of a stream is one of the last three."""

    type: Literal[
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.completed",
        "response.incomplete",
        "response.failed",
    ]
    sequence_number: int
    response: ResponseObject


class ResponseItemEvent(msgspec.Struct, kw_only=True):
    type: Literal["response.output_item.added", "response.output_item.done"]
    sequence_number: int
    output_index: int
    item: ResponseItem


class ResponsePartEvent(msgspec.Struct, kw_only=True):
    type: Literal["response.content_part.added", "response.content_part.done"]
    sequence_number: int
    item_id: str
    output_index: int
    content_index: int
    part: OutputText


class ResponseTextDelta(msgspec.Struct, kw_only=True):
    type: Literal["response.output_text.delta"]
    sequence_number: int
    item_id: str
    output_index: int
    content_index: int
    delta: str
    logprobs: tuple[Any, ...]


class ResponseTextDone(msgspec.Struct, kw_only=True):
    type: Literal["response.output_text.done"]
    sequence_number: int
    item_id: str
    output_index: int
    content_index: int
    text: str
    logprobs: tuple[Any, ...]


class ResponseArgumentsDelta(msgspec.Struct, kw_only=True):
    type: Literal["response.function_call_arguments.delta"]
    sequence_number: int
    item_id: str
    output_index: int
    delta: str


class ResponseArgumentsDone(msgspec.Struct, kw_only=True):
    type: Literal["response.function_call_arguments.done"]
    sequence_number: int
    item_id: str
    output_index: int
    name: str
    arguments: str


class ResponseSummaryPartEvent(msgspec.Struct, kw_only=True):
    type: Literal["response.reasoning_summary_part.added", "response.reasoning_summary_part.done"]
    sequence_number: int
    item_id: str
    output_index: int
    summary_index: int
    part: SummaryText


class ResponseSummaryDelta(msgspec.Struct, kw_only=True):
    type: Literal["response.reasoning_summary_text.delta"]
    sequence_number: int
    item_id: str
    output_index: int
    summary_index: int
    delta: str


class ResponseSummaryDone(msgspec.Struct, kw_only=True):
    type: Literal["response.reasoning_summary_text.done"]
    sequence_number: int
    item_id: str
    output_index: int
    summary_index: int
    text: str


class ResponseErrorEvent(msgspec.Struct, kw_only=True):
    """The stream cannot be told to its end; the response itself can be asked for."""

    type: Literal["error"]
    code: str
    message: str
    param: None
    sequence_number: int


class ResponseActionEvent(msgspec.Struct, kw_only=True):
    """A step of the agent's own, told only to who asked for it."""

    type: Literal["clinvoker.action"]
    sequence_number: int
    action: Action


RESPONSE_EVENTS = (
    ResponseLifeEvent,
    ResponseItemEvent,
    ResponsePartEvent,
    ResponseTextDelta,
    ResponseTextDone,
    ResponseArgumentsDelta,
    ResponseArgumentsDone,
    ResponseSummaryPartEvent,
    ResponseSummaryDelta,
    ResponseSummaryDone,
    ResponseErrorEvent,
    ResponseActionEvent,
)
