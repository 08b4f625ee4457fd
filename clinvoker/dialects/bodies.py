"""
Bodies of requests: a table of fields, and the type that reads them.

A body is decoded in one pass into a type made of the table; what is not named there is skipped
without being built.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, cast

import msgspec

from clinvoker.dialects.patterns import FORMS
from clinvoker.errors import BadRequest, UnsupportedParameter

LONGEST_ECHO = 200
QUERY = "query."  # before the name of what is in the query, not in the body

# honoured: does what its API says, whichever backend answers.  depending: what becomes of it says the
# backend.  refused: 400 if it asks for anything.  ignored: accepted, checked, without effect, and
# named in the answer's header.
Lot = Literal["honoured", "depending", "refused", "ignored"]


class Parameter(msgspec.Struct, frozen=True):
    """
    One field of the request's body.

    `type` is what `msgspec` checks it against; null always equals absence.  A value among
    `neutral` asks for nothing but what happens anyway, so it is neither refused nor named.
    """

    name: str
    lot: Lot
    type: Any
    note: str
    neutral: tuple[object, ...] = ()


B = TypeVar("B", bound=msgspec.Struct)

# What stands before the place in msgspec's sentences: "... - at `$.messages[0].role`".
_PLACE = " - at `$"
_MISSING_KEY = re.compile(r"Object missing required field `(.+)`")
_KEY_PLACE = " - at `key` in `$"
_UNKNOWN_KEY = re.compile(r"Object contains unknown field `(.{1,64})`")


def body_type(name: str, read: type[B], table: Sequence[Parameter]) -> type[B]:
    """The type of a body; `read` has the fields that are read by name, all of them optional."""
    fields = [(known.name, known.type | None, None) for known in table]
    return cast(type[B], msgspec.defstruct(name, fields, bases=(read,)))


def decoded(decoder: msgspec.json.Decoder[B], body: bytes) -> B:
    """Read a body.  Raises `BadRequest` whatever else the bytes are, with the field if one is to blame."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None
    except ValueError:  # msgspec.DecodeError, UnicodeDecodeError
        raise BadRequest(
            "The request body is not valid JSON: one object in UTF-8 is needed, surrogates in pairs."
        ) from None


def converted(query: Mapping[str, str], kind: type[B]) -> B:
    """
    What a query asks, numbers being read from their digits.  Raises `BadRequest`, for unknown words too; its
    `param` begins with `QUERY`.
    """
    for name in sorted(query.keys() - {*kind.__struct_encode_fields__}):
        name = name[:LONGEST_ECHO]
        raise UnsupportedParameter(f"Unknown parameter: {name!r}.", QUERY + name)
    try:
        return msgspec.convert(query, kind, strict=False)
    except msgspec.ValidationError as error:
        wrong = misfit(str(error))
        raise BadRequest(wrong.message, f"{QUERY}{wrong.param}") from None


def asking(asked: msgspec.Struct, rows: Sequence[Parameter]) -> list[str]:
    """The names of those among the rows that ask for something."""
    return [
        known.name
        for known in rows
        if (value := getattr(asked, known.name)) is not None and value not in known.neutral
    ]


def refuse(asked: msgspec.Struct, refused: Sequence[Parameter]) -> None:
    """Raises `UnsupportedParameter` for the first of these rows that asks for something."""
    for name in asking(asked, refused):
        note = next(known.note for known in refused if known.name == name)
        raise UnsupportedParameter(f"{name!r} is not supported with this value. {note}", name)


def misfit(said: str) -> BadRequest:
    """msgspec's complaint about a value as one that names the field."""
    said = said.replace(_KEY_PLACE, _PLACE)
    what, _, place = said.rpartition(_PLACE) if _PLACE in said else (said, "", "")
    path = place.split("[...]")[0].strip(".`")  # "[...]" stands for a key of a mapping
    if missing := _MISSING_KEY.fullmatch(what):
        path = f"{path}.{missing[1]}".strip(".")
        return BadRequest(f"Missing required parameter: {path!r}.", path)
    if unknown := _UNKNOWN_KEY.fullmatch(what):
        path = f"{path}.{unknown[1]}".strip(".")
        return UnsupportedParameter(f"Unknown parameter: {path!r}.", path)
    what = FORMS.in_words(what.replace(" | null", ""))[:LONGEST_ECHO]
    if not path:
        return BadRequest(f"The request body must be a JSON object. {what}.")
    return BadRequest(f"Invalid value for {path!r}: {what}.", path)
