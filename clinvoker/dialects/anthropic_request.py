"""
A request in Anthropic's format: the body's bytes to what is asked, or `BadRequest` naming the field.

`anthropic_parameters` says what becomes of each field.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from clinvoker.dialects import anthropic_tools, anthropic_turns
from clinvoker.dialects.anthropic_content import SentBlock
from clinvoker.dialects.anthropic_output import (
    SentFormat,
    SentOutput,
    SentThinking,
    read_effort,
    read_format,
    read_stops,
    tells_thoughts,
)
from clinvoker.dialects.anthropic_parameters import IGNORED, PARAMETERS, REFUSED
from clinvoker.dialects.anthropic_tools import SentChoice, SentTool, read_tools
from clinvoker.dialects.anthropic_turns import SentMessage, read_system, read_turns, referenced
from clinvoker.dialects.bodies import asking, body_type, decoded, refuse
from clinvoker.dialects.checks import checked_model, missing
from clinvoker.dialects.depending import depending
from clinvoker.dialects.extension import WireExtension, depending_on, read_agency
from clinvoker.model import Asked, Invocation, Output, Sampling


class MessageRequest(Asked, frozen=True, kw_only=True):
    """A request for a message; `thoughts` says whether those of the model are to be told."""

    stream: bool = False
    thoughts: bool = False


class Body(msgspec.Struct):
    """The fields that are read by name.  All are optional here so that what is missing can be named."""

    model: str | None = None
    messages: list[SentMessage] | None = None
    system: str | list[SentBlock] | None = None
    stream: bool | None = None
    thinking: SentThinking | None = None
    clinvoker: WireExtension | None = None
    max_tokens: int | None = None
    tools: list[SentTool] | None = None
    tool_choice: SentChoice | None = None
    output_config: SentOutput | None = None
    output_format: SentFormat | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None


MESSAGE_BODY = body_type("MessageRequest", Body, PARAMETERS)
_decoder = msgspec.json.Decoder(MESSAGE_BODY)


def read_request(body: bytes) -> MessageRequest:
    """
    What a request's body asks for.

    Raises `BadRequest` whatever else the bytes are; `UnsupportedParameter` if they ask for
    something that is not offered.
    """
    asked = decoded(_decoder, body)
    checked_model(asked.model)
    if asked.max_tokens is None:
        raise missing("max_tokens")
    return _read(asked)


def read_counting(body: bytes) -> Invocation:
    """What a body asks to be counted: the same, `max_tokens` not being needed.  Raises as `read_request`."""
    return _read(decoded(_decoder, body)).invocation


def _read(asked: Body) -> MessageRequest:
    refuse(asked, REFUSED)
    invocation = _invocation(asked)
    return MessageRequest(
        invocation=invocation,
        ignored=tuple(_ignored(asked)),
        depending=(*depending(invocation), *depending_on(invocation.agency)),
        places=_places(asked),
        stream=bool(asked.stream),
        thoughts=tells_thoughts(asked.thinking),
    )


def _invocation(asked: Body) -> Invocation:
    conversation = read_turns(asked.messages)
    return Invocation(
        model=checked_model(asked.model),
        messages=(*read_system(asked.system), *conversation),
        tools=read_tools(asked.tools, asked.tool_choice, referenced(asked.messages or ())),
        output=_output(asked),
        sampling=Sampling(
            max_tokens=asked.max_tokens or 0,
            stop=read_stops(asked.stop_sequences),
            temperature=asked.temperature,
            top_p=asked.top_p,
            effort=read_effort(asked.output_config, asked.thinking),
        ),
        agency=read_agency(asked.clinvoker),
    )


def _output(asked: Body) -> Output:
    if asked.output_config is not None and asked.output_config.format is not None:
        return read_format(asked.output_config.format, "output_config.format")
    return read_format(asked.output_format, "output_format")


def _ignored(asked: Body) -> Iterator[str]:
    named = dict.fromkeys(asking(asked, IGNORED))
    if asked.output_config is not None and asked.output_config.task_budget:
        named["output_config.task_budget"] = None
    named |= dict.fromkeys(anthropic_turns.unheard(asked.messages or (), asked.system))
    if any(tool.cache_control for tool in asked.tools or ()):
        named["cache_control"] = None
    named |= dict.fromkeys(anthropic_tools.unheard(asked.tools or ()))
    return iter(named)


def _places(asked: Body) -> dict[str, str]:
    """How the client calls what `depending` calls otherwise."""
    output = asked.output_config
    places = {
        "images": anthropic_turns.first_image(asked.messages or ()),
        "stop": "stop_sequences",
        "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
        "response_format": "output_config.format" if output and output.format else "output_format",
        "reasoning_effort": "output_config.effort" if output and output.effort else "thinking.budget_tokens",
    }
    return {name: place for name, place in places.items() if place}
