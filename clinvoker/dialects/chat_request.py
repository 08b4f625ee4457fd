"""
A chat request: the body's bytes to what is asked, or `BadRequest` naming the field.

The body is decoded in one pass into a type made of `chat_parameters`; what is not named there
is skipped without being built.
"""

from __future__ import annotations

from typing import cast

import msgspec

from clinvoker.dialects.chat_messages import WireMessage, read_messages
from clinvoker.dialects.chat_parameters import IGNORED, REFUSED
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Asked, Invocation

# A longer name is no name: it would come back in the error that says it is unknown.
LONGEST_MODEL = 256
LONGEST_ECHO = 200


class ChatRequest(Asked, frozen=True, kw_only=True):
    """A chat request; `include_usage` is never set unless `stream` is."""

    stream: bool = False
    include_usage: bool = False


class StreamOptions(msgspec.Struct):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class Body(msgspec.Struct):
    """The honoured fields.  All are optional here so that what is missing can be named."""

    model: str | None = None
    messages: list[WireMessage] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None


_WHOLE_BODY = cast(
    type[Body],
    msgspec.defstruct(
        "WholeBody",
        [(known.name, known.type | None, None) for known in REFUSED + IGNORED],
        bases=(Body,),
    ),
)
_decoder = msgspec.json.Decoder(_WHOLE_BODY)

# What stands before the place in msgspec's sentences: "... - at `$.messages[0].role`".
_PLACE = " - at `$"


def read_request(body: bytes) -> ChatRequest:
    """
    What a request's body asks for.

    Raises `BadRequest` whatever else the bytes are; `UnsupportedParameter` if they ask for
    something that is not offered.
    """
    asked = _decoded(body)
    model = _model(asked.model)
    _refuse(asked)
    messages, unheard = read_messages(asked.messages)
    options = asked.stream_options or StreamOptions()
    return ChatRequest(
        invocation=Invocation(model=model, messages=messages),
        ignored=_ignored(asked) + unheard,
        stream=bool(asked.stream),
        include_usage=bool(asked.stream and options.include_usage),
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
    what = what.replace(" | null", "")[:LONGEST_ECHO]
    return BadRequest(f"Invalid value for {path!r}: {what}.", path)


def _model(name: str | None) -> str:
    if not name:
        raise BadRequest("Missing required parameter: 'model'.", "model")
    if len(name) > LONGEST_MODEL or not name.isprintable():
        raise BadRequest("Invalid value for 'model': not a model's name.", "model")
    return name


def _refuse(asked: Body) -> None:
    for known in REFUSED:
        value = getattr(asked, known.name)
        if value is not None and value not in known.neutral:
            raise UnsupportedParameter(
                f"{known.name!r} is not supported with this value. {known.note}", known.name
            )


def _ignored(asked: Body) -> tuple[str, ...]:
    given = ((known, getattr(asked, known.name)) for known in IGNORED)
    names = tuple(known.name for known, value in given if value is not None and value not in known.neutral)
    return names if asked.stream or asked.stream_options is None else (*names, "stream_options")
