"""
The client's own tools in a Responses request, which are flat: wire to `Tools`, or `BadRequest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, Literal

import msgspec

from clinvoker.dialects.checks import checked_name
from clinvoker.dialects.json_schemas import object_schema
from clinvoker.dialects.tools import check_function, checked_choice, checked_named, distinct
from clinvoker.errors import BadRequest
from clinvoker.model import Tool, Tools


class WireTool(msgspec.Struct):
    type: str | None = None
    name: str | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class WireAllowed(msgspec.Struct, omit_defaults=True):
    type: str | None = None
    name: str | None = None


class WireChoice(msgspec.Struct, omit_defaults=True):
    """One function by name, or those of the tools that may be called."""

    type: str | None = None
    name: str | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[WireAllowed] | None = None


def read_tools(
    wire: Sequence[WireTool] | None, choice: str | WireChoice | None, parallel: bool | None
) -> Tools:
    """
    What may be called.  Without tools, `parallel` says nothing, and a choice may not demand one.

    Raises `BadRequest`; `UnsupportedParameter` for tools that are not functions: neither OpenAI's own nor
    those whose arguments are no JSON can be lent to a program.
    """
    offered = tuple(distinct(map(_placed, count(), wire or ())))
    names = {tool.name for tool in offered}
    named: str | None = None
    if isinstance(choice, WireChoice) and choice.type == "allowed_tools":
        allowed = {_allowed(each, names, index) for index, each in enumerate(choice.tools or ())}
        offered = tuple(tool for tool in offered if tool.name in allowed)
        choice = choice.mode
    if isinstance(choice, WireChoice):
        check_function(choice.type, "tool_choice.type")
        named = checked_named(choice.name, names, "tool_choice.name")
        choice = None
    kind = checked_choice(choice, bool(offered))
    if not offered:
        return Tools()
    return Tools(
        offered=offered,
        choice="named" if named else kind,
        name=named or "",
        parallel=parallel is not False,
    )


def _placed(index: int, wire: WireTool) -> tuple[Tool, str]:
    at = f"tools[{index}]"
    check_function(wire.type, f"{at}.type")
    tool = Tool(
        name=checked_name(wire.name, f"{at}.name"),
        description=wire.description or "",
        parameters=object_schema(wire.parameters, f"{at}.parameters"),
    )
    return tool, f"{at}.name"


def _allowed(wire: WireAllowed, names: set[str], index: int) -> str:
    at = f"tool_choice.tools[{index}]"
    check_function(wire.type, f"{at}.type")
    if wire.name not in names:
        raise BadRequest(f"Invalid value for '{at}.name': 'tools' offers no such function.", f"{at}.name")
    return checked_name(wire.name, f"{at}.name")
