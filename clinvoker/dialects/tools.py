"""
Functions of the client's and their names, in whichever format they were sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from clinvoker.dialects.checks import checked_name, missing
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Tool

CHOICES: Mapping[str, Literal["none", "auto", "required"]] = {
    "none": "none",
    "auto": "auto",
    "required": "required",
}


def check_function(said: str | None, at: str) -> None:
    """Raises unless the type at this place is that of functions, the only tools of clients' own."""
    if said is None:
        raise missing(at)
    if said != "function":
        raise UnsupportedParameter(f"{said[:40]!r} is not supported at {at!r}; only 'function' is.", at)


def distinct(tools: Iterable[tuple[Tool, str]]) -> Iterator[Tool]:
    """The tools, each given with the place of its name.  Raises `BadRequest` if two have one name."""
    names: set[str] = set()
    for tool, place in tools:
        if tool.name in names:
            raise BadRequest(f"Invalid value for {place!r}: {tool.name!r} is there already.", place)
        names.add(tool.name)
        yield tool


def checked_choice(said: str | None, offered: bool) -> Literal["none", "auto", "required"]:
    """A choice by a word; nothing said is "auto".  Raises `BadRequest`."""
    kind = CHOICES.get("auto" if said is None else said)
    if kind is None:
        raise BadRequest(
            f"Invalid value for 'tool_choice': it is {', '.join(CHOICES)} or names a function.", "tool_choice"
        )
    if kind == "required" and not offered:
        raise BadRequest("'tool_choice' demands a call, and 'tools' offers none.", "tool_choice")
    return kind


def checked_named(said: str | None, names: set[str], at: str) -> str:
    """The name of the one function that must be called.  Raises `BadRequest` if it is not offered."""
    name = checked_name(said, at)
    if name not in names:
        raise BadRequest(f"Invalid value for 'tool_choice': 'tools' offers no function {name!r}.", at)
    return name
