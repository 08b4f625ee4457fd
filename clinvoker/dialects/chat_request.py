"""
A chat request: the body's bytes to what is asked, or `BadRequest` naming the field.

The body is decoded in one pass into a type made of `chat_parameters`; what is not named there
is skipped without being built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import msgspec

from clinvoker.dialects.chat_messages import WireMessage, first_image, read_messages, unheard
from clinvoker.dialects.chat_output import WireFormat, read_format, read_stop
from clinvoker.dialects.chat_parameters import (
    DEPENDING,
    IGNORED,
    PARAMETERS,
    REFUSED,
    Parameter,
    StreamOptions,
)
from clinvoker.dialects.chat_tools import WireChoice, WireTool, read_tools
from clinvoker.dialects.depending import depending
from clinvoker.dialects.extension import WireExtension, depending_on, read_agency
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Asked, Invocation, Sampling

# A longer name is no name: it would come back in the error that says it is unknown.
LONGEST_MODEL = 256
LONGEST_ECHO = 200


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


CHAT_BODY = cast(
    type[Body],
    msgspec.defstruct(
        "ChatCompletionRequest",
        [(known.name, known.type | None, None) for known in PARAMETERS],
        bases=(Body,),
    ),
)
_decoder = msgspec.json.Decoder(CHAT_BODY)

# Those that no `Invocation` has a place for.
_UNREAD = tuple(known for known in DEPENDING if known.name not in Body.__struct_fields__)

# What stands before the place in msgspec's sentences: "... - at `$.messages[0].role`".
_PLACE = " - at `$"
_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.{1,64})`")


def read_request(body: bytes) -> ChatRequest:
    """
    What a request's body asks for.

    Raises `BadRequest` whatever else the bytes are; `UnsupportedParameter` if they ask for
    something that is not offered.
    """
    asked = _decoded(body)
    model = _model(asked.model)
    _refuse(asked)
    invocation = _invocation(model, asked)
    return ChatRequest(
        invocation=invocation,
        choices=asked.n or 1,
        ignored=tuple(_ignored(asked)),
        depending=(*depending(invocation), *depending_on(invocation.agency), *_asking(asked, _UNREAD)),
        places=_places(asked, invocation),
        stream=bool(asked.stream),
        include_usage=bool(asked.stream and asked.stream_options and asked.stream_options.include_usage),
    )


def _decoded(body: bytes) -> Body:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None
    except ValueError:  # msgspec.DecodeError, UnicodeDecodeError
        raise BadRequest(
            "The request body is not valid JSON: one object in UTF-8 is needed, surrogates in pairs."
        ) from None


def _misfit(said: str) -> BadRequest:
    """Translate msgspec's complaint about a value into one that names the field."""
    if _PLACE not in said:
        return BadRequest(f"The request body must be a JSON object. {said}.")
    what, _, place = said.rpartition(_PLACE)
    path = place.split("[...]")[0].strip(".`")  # "[...]" stands for a key of a mapping
    if unknown := _UNKNOWN_KEY.fullmatch(what):
        path = f"{path}.{unknown[1]}"
        return UnsupportedParameter(f"Unknown parameter: {path!r}.", path)
    what = what.replace(" | null", "")[:LONGEST_ECHO]
    return BadRequest(f"Invalid value for {path!r}: {what}.", path)


def _model(name: str | None) -> str:
    if not name:
        raise BadRequest("Missing required parameter: 'model'.", "model")
    if len(name) > LONGEST_MODEL or not name.isprintable():
        raise BadRequest("Invalid value for 'model': not a model's name.", "model")
    return name


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


def _refuse(asked: Body) -> None:
    for name in _asking(asked, REFUSED):
        note = next(known.note for known in REFUSED if known.name == name)
        raise UnsupportedParameter(f"{name!r} is not supported with this value. {note}", name)


def _ignored(asked: Body) -> Iterator[str]:
    yield from _asking(asked, IGNORED)
    if asked.stream_options is not None and not asked.stream:
        yield "stream_options"
    yield from unheard(asked.messages or ())


def _places(asked: Body, invocation: Invocation) -> dict[str, str]:
    places = {"images": first_image(invocation.messages)}
    if asked.max_completion_tokens:
        places["max_tokens"] = "max_completion_tokens"
    return {name: place for name, place in places.items() if place}


def _asking(asked: Body, rows: tuple[Parameter, ...]) -> list[str]:
    """The names of those among the rows that ask for something."""
    return [
        known.name
        for known in rows
        if (value := getattr(asked, known.name)) is not None and value not in known.neutral
    ]
