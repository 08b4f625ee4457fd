"""
A request for legacy completions: the body's bytes to what is asked, or `BadRequest` naming the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from clinvoker.dialects.bodies import asking, body_type, decoded, refuse
from clinvoker.dialects.checks import checked_model, checked_text, missing
from clinvoker.dialects.completions_parameters import DEPENDING, IGNORED, PARAMETERS, REFUSED
from clinvoker.dialects.depending import depending
from clinvoker.dialects.extension import WireExtension, depending_on, read_agency
from clinvoker.dialects.output_format import read_stop
from clinvoker.dialects.parameters import StreamOptions
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Asked, Invocation, Message, Sampling, Text

# Each is a run of its own.
MOST_ANSWERS = 32


class CompletionRequest(Asked, frozen=True, kw_only=True):
    """Such a request; `include_usage` is never set unless `stream` is."""

    stream: bool = False
    include_usage: bool = False


class Body(msgspec.Struct):
    """The fields that are read by name.  All are optional here so that what is missing can be named."""

    model: str | None = None
    prompt: str | list[Any] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    clinvoker: WireExtension | None = None
    max_tokens: int | None = None
    stop: str | list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None


COMPLETION_BODY = body_type("CompletionRequest", Body, PARAMETERS)
_decoder = msgspec.json.Decoder(COMPLETION_BODY)

# Those that no `Invocation` has a place for.
_UNREAD = tuple(known for known in DEPENDING if known.name not in Body.__struct_fields__)


def read_request(body: bytes) -> CompletionRequest:
    """
    What a request's body asks for.

    Raises `BadRequest` whatever else the bytes are; `UnsupportedParameter` if they ask for
    something that is not offered.
    """
    asked = decoded(_decoder, body)
    model = checked_model(asked.model)
    refuse(asked, REFUSED)
    first, *others = _prompts(asked.prompt)
    invocation = _invocation(model, asked, first)
    one_each = [invocation, *(replace(invocation, messages=_messages(prompt)) for prompt in others)]
    each = [each for each in one_each for _ in range(asked.n or 1)]
    if len(each) > MOST_ANSWERS:
        raise BadRequest(
            f"Invalid value for 'prompt': with 'n' these are over {MOST_ANSWERS} answers.", "prompt"
        )
    options = asked.stream_options
    return CompletionRequest(
        invocation=invocation,
        choices=len(each),
        each=tuple(each),
        ignored=(*asking(asked, IGNORED), *(["stream_options"] if options and not asked.stream else [])),
        depending=(*depending(invocation), *depending_on(invocation.agency), *asking(asked, _UNREAD)),
        stream=bool(asked.stream),
        include_usage=bool(asked.stream and options and options.include_usage),
    )


def _prompts(wire: str | Sequence[Any] | None) -> Iterator[str]:
    """The texts, at least one."""
    if wire is None:
        raise missing("prompt")
    prompts = [wire] if isinstance(wire, str) else wire
    if not prompts:
        raise BadRequest("Invalid value for 'prompt': at least one is needed.", "prompt")
    for index, prompt in enumerate(prompts):
        place = "prompt" if isinstance(wire, str) else f"prompt[{index}]"
        if not isinstance(prompt, str):
            raise UnsupportedParameter(f"A text is needed at {place!r}: token ids are not supported.", place)
        yield checked_text(prompt, place)


def _messages(prompt: str) -> tuple[Message, ...]:
    return (Message("user", (Text(prompt),)),)


def _invocation(model: str, asked: Body, prompt: str) -> Invocation:
    return Invocation(
        model=model,
        messages=_messages(prompt),
        sampling=Sampling(
            max_tokens=asked.max_tokens or 0,
            stop=read_stop(asked.stop),
            temperature=asked.temperature,
            top_p=asked.top_p,
        ),
        agency=read_agency(asked.clinvoker),
    )
