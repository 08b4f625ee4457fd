"""
A chat request: the body's bytes to what is asked, or `BadRequest` naming the field.

`chat_parameters` says what becomes of each field.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from clinvoker.dialects.bodies import asking, body_type, decoded, refuse
from clinvoker.dialects.chat_messages import WireMessage, first_image, read_messages, unheard
from clinvoker.dialects.chat_output import WireFormat, read_format
from clinvoker.dialects.chat_parameters import DEPENDING, IGNORED, PARAMETERS, REFUSED
from clinvoker.dialects.chat_tools import WireChoice, WireTool, read_tools
from clinvoker.dialects.checks import checked_model
from clinvoker.dialects.depending import depending
from clinvoker.dialects.extension import WireExtension, depending_on, read_agency
from clinvoker.dialects.output_format import read_stop
from clinvoker.dialects.parameters import StreamOptions
from clinvoker.model import Asked, Invocation, Sampling


class ChatRequest(Asked, frozen=True, kw_only=True):
    """A chat request; `include_usage` is never set unless `stream` is."""

    stream: bool = False
    include_usage: bool = False


class Body(msgspec.Struct):
    """The fields that are read by name.  All are optional here so that what is missing can be named."""

    model: str | None = None
    messages: list[WireMessage] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    clinvoker: WireExtension | None = None
    tools: list[WireTool] | None = None
    tool_choice: str | WireChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: WireFormat | None = None
    stop: str | list[str] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    reasoning_effort: str | None = None


CHAT_BODY = body_type("ChatCompletionRequest", Body, PARAMETERS)
_decoder = msgspec.json.Decoder(CHAT_BODY)

# Those that no `Invocation` has a place for.
_UNREAD = tuple(known for known in DEPENDING if known.name not in Body.__struct_fields__)


def read_request(body: bytes) -> ChatRequest:
    """
    What a request's body asks for.

    Raises `BadRequest` whatever else the bytes are; `UnsupportedParameter` if they ask for
    something that is not offered.
    """
    asked = decoded(_decoder, body)
    model = checked_model(asked.model)
    refuse(asked, REFUSED)
    invocation = _invocation(model, asked)
    return ChatRequest(
        invocation=invocation,
        choices=asked.n or 1,
        ignored=tuple(_ignored(asked)),
        depending=(*depending(invocation), *depending_on(invocation.agency), *asking(asked, _UNREAD)),
        places=_places(asked, invocation),
        stream=bool(asked.stream),
        include_usage=bool(asked.stream and asked.stream_options and asked.stream_options.include_usage),
    )


def _invocation(model: str, asked: Body) -> Invocation:
    return Invocation(
        model=model,
        messages=read_messages(asked.messages),
        tools=read_tools(asked.tools, asked.tool_choice, asked.parallel_tool_calls),
        output=read_format(asked.response_format),
        sampling=Sampling(
            max_tokens=asked.max_completion_tokens or asked.max_tokens or 0,
            stop=read_stop(asked.stop),
            temperature=asked.temperature,
            top_p=asked.top_p,
            effort=asked.reasoning_effort or "",
        ),
        agency=read_agency(asked.clinvoker),
    )


def _ignored(asked: Body) -> Iterator[str]:
    yield from asking(asked, IGNORED)
    if asked.stream_options is not None and not asked.stream:
        yield "stream_options"
    yield from unheard(asked.messages or ())


def _places(asked: Body, invocation: Invocation) -> dict[str, str]:
    places = {"images": first_image(invocation.messages)}
    if asked.max_completion_tokens:
        places["max_tokens"] = "max_completion_tokens"
    return {name: place for name, place in places.items() if place}
