"""
The response object, and how far it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from clinvoker.dialects.actions import AnswerActions
from clinvoker.dialects.responses_items import ResponseItem
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import BadRequest, ClinvokerError, RateLimited
from clinvoker.model import FinishReason, Usage
from clinvoker.records import ResponseStatus


class Failing(msgspec.Struct, frozen=True):
    """Why a response failed.  OpenAI has few words for it, and strict clients know no others."""

    code: Literal["server_error", "rate_limit_exceeded", "invalid_prompt"]
    message: str


class Incomplete(msgspec.Struct, frozen=True):
    reason: Literal["max_output_tokens", "content_filter"]


class ConversationReference(msgspec.Struct, frozen=True):
    id: str


class ReasoningSettings(msgspec.Struct, frozen=True):
    effort: str | None = None
    summary: str | None = None


class FunctionTool(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    name: str
    description: str | None
    parameters: Mapping[str, Any] | None
    strict: bool | None


class InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: int
    cache_write_tokens: int = 0


class OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int


class ResponseUsage(msgspec.Struct, frozen=True, kw_only=True):
    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int


class ResponseObject(msgspec.Struct, frozen=True, kw_only=True):
    """
    OpenAI's shape.  All that it requires is there, null or empty where nothing is to be said; most of it
    is what the request said.
    """

    id: str = ""
    object: Literal["response"] = "response"
    created_at: int = 0
    status: ResponseStatus = "in_progress"
    background: bool = False
    error: Failing | None = None
    incomplete_details: Incomplete | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    model: str
    output: tuple[ResponseItem, ...] = ()
    parallel_tool_calls: bool = True
    previous_response_id: str | None = None
    conversation: ConversationReference | None = None
    prompt_cache_key: str | None = None
    reasoning: ReasoningSettings = ReasoningSettings()
    safety_identifier: str | None = None
    store: bool = True
    temperature: float | None = None
    text: Mapping[str, Any]
    tool_choice: str | Mapping[str, Any] = "auto"
    tools: tuple[FunctionTool, ...] = ()
    top_logprobs: int = 0
    top_p: float | None = None
    truncation: Literal["auto", "disabled"] = "disabled"
    usage: ResponseUsage | UnsetType = UNSET
    metadata: Mapping[str, str] = {}
    clinvoker: AnswerActions | UnsetType = UNSET


def response_usage(usage: Usage) -> ResponseUsage:
    """What the program counted, nothing estimated: zeros where it told nothing."""
    return ResponseUsage(
        input_tokens=usage.input,
        input_tokens_details=InputDetails(usage.cached),
        output_tokens=usage.output,
        output_tokens_details=OutputDetails(usage.reasoning),
        total_tokens=usage.input + usage.output,
    )


def ended(
    response: ResponseObject, output: Sequence[ResponseItem], reason: FinishReason, usage: Usage
) -> ResponseObject:
    """The response when its answer is whole, or as whole as it gets."""
    incomplete: Incomplete | None = None
    if reason == "length":
        incomplete = Incomplete("max_output_tokens")
    elif reason == "content_filter":
        incomplete = Incomplete("content_filter")
    return replace(
        response,
        status="incomplete" if incomplete else "completed",
        incomplete_details=incomplete,
        output=tuple(output),
        usage=response_usage(usage),
    )


def failed(response: ResponseObject, output: Sequence[ResponseItem], error: ClinvokerError) -> ResponseObject:
    """The response when its run failed."""
    code: Literal["server_error", "rate_limit_exceeded", "invalid_prompt"] = "server_error"
    if isinstance(error, RateLimited):
        code = "rate_limit_exceeded"
    elif isinstance(error, BadRequest):
        code = "invalid_prompt"
    told = Failing(code, mended(error.message))
    return replace(response, status="failed", error=told, output=tuple(output))
