"""
What texts, ids and names must be, in every dialect.
"""

from __future__ import annotations

import re

from clinvoker.errors import BadRequest

# A longer name is no name: it would come back in the error that says it is unknown.
LONGEST_MODEL = 256

# Of a function or a schema; so OpenAI's rule.
LONGEST_NAME = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def missing(at: str) -> BadRequest:
    """What is to be said where something that is required was not sent."""
    return BadRequest(f"Missing required parameter: {at!r}.", at)


def checked_text(text: str, at: str) -> str:
    """The text of a message.  Raises `BadRequest` if it holds NUL."""
    # No program can be told a NUL by every way a text may travel: an argument or a C string ends there.
    if "\0" in text:
        raise BadRequest(f"Invalid value for {at!r}: a text must not hold NUL (U+0000).", at)
    return text


def checked_name(said: str | None, at: str, longest: int = LONGEST_NAME) -> str:
    """A function's or schema's name.  Raises `BadRequest` if it is none."""
    if said is None:
        raise missing(at)
    if not _NAME.fullmatch(said) or len(said) > longest:
        raise BadRequest(
            f"Invalid value for {at!r}: a name is 1 to {longest} letters, digits, underscores and dashes.", at
        )
    return said


def checked_id(said: str | None, at: str) -> str:
    """The id of a call, anybody's.  Raises `BadRequest` if it is none."""
    if not said:
        raise missing(at)
    if not said.isprintable():
        raise BadRequest(f"Invalid value for {at!r}: not the id of a call.", at)
    return said


def checked_model(name: str | None) -> str:
    """The name of a model, whether there is one or not.  Raises `BadRequest` if it cannot be one."""
    if not name:
        raise missing("model")
    if len(name) > LONGEST_MODEL or not name.isprintable():
        raise BadRequest("Invalid value for 'model': not a model's name.", "model")
    return name
