"""
The client's own tools in a chat request: wire to `Tools`, or `BadRequest` naming the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, Literal

import msgspec

from clinvoker.dialects.checks import checked_name, missing
from clinvoker.dialects.json_schemas import object_schema
from clinvoker.dialects.tools import check_function, checked_choice, checked_named, distinct
from clinvoker.model import Tool, Tools


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
    offered = tuple(distinct(map(_placed, count(), wire or ())))
    kind, name = _choice(choice, {tool.name for tool in offered})
    if not offered:
        return Tools()
    return Tools(offered=offered, choice=kind, name=name, parallel=parallel is not False)


def _placed(index: int, wire: WireTool) -> tuple[Tool, str]:
    at = f"tools[{index}]"
    return _tool(wire, at), f"{at}.function.name"


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
    return checked_choice(wire, bool(names)), ""


def _named(wire: WireChoice, names: set[str]) -> str:
    check_function(wire.type, "tool_choice.type")
    place = "tool_choice.function.name"
    return checked_named(wire.function.name if wire.function else None, names, place)
