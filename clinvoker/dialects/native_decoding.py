"""
Bytes and queries of `/api/v1` to their types, or `BadRequest` naming the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from clinvoker.errors import BadRequest, UnsupportedParameter

T = TypeVar("T")

LONGEST_ECHO = 200

# What msgspec says: "... - at `$.tasks[0].prompt`"; a place that is the whole is left out.
_PLACE = " - at `$"
_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.{1,200})`")


def decoded(body: bytes, kind: type[T]) -> T:
    """
    What a body asks.  Raises `BadRequest` whatever else the bytes are; `UnsupportedParameter` for a field that
    is unknown.
    """
    if not body.strip():
        raise BadRequest("The request body is required.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None
    except ValueError:  # msgspec.DecodeError, UnicodeDecodeError
        raise BadRequest(
            "The request body is not valid JSON: one object in UTF-8 is needed, surrogates in pairs."
        ) from None


def queried(query: Mapping[str, str], kind: type[T]) -> T:
    """What a query asks, numbers being read from their digits; raises `BadRequest`."""
    try:
        return msgspec.convert(query, kind, strict=False)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None


def misfit(said: str) -> BadRequest:
    """msgspec's complaint as one that names the field."""
    what, _, place = said.rpartition(_PLACE) if _PLACE in said else (said, "", "")
    path = place.split("[...]")[0].strip(".`")  # "[...]" stands for a key of a mapping
    if missing := _MISSING.fullmatch(what):
        path = f"{path}.{missing[1]}".strip(".")
        return BadRequest(f"{path!r} is required.", path)
    if unknown := _UNKNOWN.fullmatch(what):
        path = f"{path}.{unknown[1]}".strip(".")
        return UnsupportedParameter(f"Unknown property {path!r}.", path)
    what = what.replace(" | null", "")[:LONGEST_ECHO]
    if not path:
        return BadRequest(f"The request must be a JSON object. {what}.")
    return BadRequest(f"Invalid value for {path!r}: {what}.", path)
