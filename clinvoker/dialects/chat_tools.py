"""
The client's own tools in a chat request: wire to `Tools`, or `BadRequest` naming the place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from clinvoker.dialects.checks import checked_name, missing
from clinvoker.dialects.json_schemas import object_schema
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Tool, Tools

CHOICES: Mapping[str, Literal["none", "auto", "required"]] = {
    "none": "none",
    "auto": "auto",
    "required": "required",
}


class WireFunction(msgspec.Struct):
    name: str | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class WireTool(msgspec.Struct):
    type: str | None = None
    function: WireFunction | None = None


class WireNamed(msgspec.Struct):
    name: str | None = None


class WireChoice(msgspec.Struct):
    type: str | None = None
    function: WireNamed | None = None


def read_tools(
    wire: Sequence[WireTool] | None, choice: str | WireChoice | None, parallel: bool | None
) -> Tools:
    """
    What may be called.  Without tools, `parallel` says nothing, and a choice may not demand one.

    Raises `BadRequest`; `UnsupportedParameter` for tools that are not functions.
    """
    offered = tuple(_offered(wire or ()))
    kind, name = _choice(choice, {tool.name for tool in offered})
    if not offered:
        return Tools()
    return Tools(offered=offered, choice=kind, name=name, parallel=parallel is not False)


def check_function(said: str | None, at: str) -> None:
    """Raises unless the type at this place is that of functions, the only tools of clients' own."""
    if said is None:
        raise missing(at)
    if said != "function":
        raise UnsupportedParameter(f"{said[:40]!r} is not supported at {at!r}; only 'function' is.", at)


def _offered(wire: Sequence[WireTool]) -> Iterator[Tool]:
    names: set[str] = set()
    for index, sent in enumerate(wire):
        tool = _tool(sent, f"tools[{index}]")
        if tool.name in names:
            place = f"tools[{index}].function.name"
            raise BadRequest(f"Invalid value for {place!r}: {tool.name!r} is there already.", place)
        names.add(tool.name)
        yield tool


def _tool(wire: WireTool, at: str) -> Tool:
    check_function(wire.type, f"{at}.type")
    if wire.function is None:
        raise missing(f"{at}.function")
    return Tool(
        name=checked_name(wire.function.name, f"{at}.function.name"),
        description=wire.function.description or "",
        parameters=object_schema(wire.function.parameters, f"{at}.function.parameters"),
    )


def _choice(
    wire: str | WireChoice | None, names: set[str]
) -> tuple[Literal["auto", "none", "required", "named"], str]:
    if isinstance(wire, WireChoice):
        return "named", _named(wire, names)
    kind = CHOICES.get("auto" if wire is None else wire)
    if kind is None:
        raise BadRequest(
            f"Invalid value for 'tool_choice': it is {', '.join(CHOICES)} or names a function.", "tool_choice"
        )
    if kind == "required" and not names:
        raise BadRequest("'tool_choice' demands a call, and 'tools' offers none.", "tool_choice")
    return kind, ""


def _named(wire: WireChoice, names: set[str]) -> str:
    check_function(wire.type, "tool_choice.type")
    place = "tool_choice.function.name"
    name = checked_name(wire.function.name if wire.function else None, place)
    if name not in names:
        raise BadRequest(f"Invalid value for 'tool_choice': 'tools' offers no function {name!r}.", place)
    return name
