"""
The client's own tools in a request in Anthropic's format: wire to `Tools`, or `BadRequest` naming the
place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from clinvoker.dialects.checks import checked_name, missing
from clinvoker.dialects.json_schemas import object_schema
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Tool, Tools

LONGEST_NAME = 128  # of a tool, by Anthropic's rule

CHOICES: Mapping[str, Literal["none", "auto", "required", "named"]] = {
    "auto": "auto",
    "any": "required",
    "tool": "named",
    "none": "none",
}


class SentTool(msgspec.Struct):
    type: str | None = None
    name: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    cache_control: dict[str, Any] | None = None
    defer_loading: bool | None = None
    input_examples: list[Any] | None = None


class SentChoice(msgspec.Struct):
    type: str | None = None
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


def read_tools(
    wire: Sequence[SentTool] | None, choice: SentChoice | None, referenced: Collection[str]
) -> Tools:
    """
    What may be called.  A tool whose loading is deferred may be once it was `referenced`.

    Raises `BadRequest`; `UnsupportedParameter` for tools that are not the client's.
    """
    known = tuple(_known(wire or ()))
    deferred = {tool.name for tool in wire or () if tool.defer_loading} - {*referenced}
    offered = tuple(tool for tool in known if tool.name not in deferred)
    choice = choice or SentChoice("auto")
    kind, parallel = _kind(choice, {tool.name for tool in offered}), not choice.disable_parallel_tool_use
    if not offered:
        return Tools()
    if kind == "required" and len(offered) == 1 and not parallel:
        # The same in other words; so the Vercel AI SDK asks for objects.
        return Tools(offered=offered, choice="named", name=offered[0].name, parallel=False)
    name = choice.name or "" if kind == "named" else ""
    return Tools(offered=offered, choice=kind, name=name, parallel=parallel)


def unheard(wire: Sequence[SentTool]) -> Iterator[str]:
    """The names of what in the tools has no effect, each once."""
    if any(tool.input_examples for tool in wire):
        yield "tools[].input_examples"


def _known(wire: Sequence[SentTool]) -> Iterator[Tool]:
    names: set[str] = set()
    for index, sent in enumerate(wire):
        tool = _tool(sent, f"tools[{index}]")
        if tool.name in names:
            place = f"tools[{index}].name"
            raise BadRequest(f"Invalid value for {place!r}: {tool.name!r} is there already.", place)
        names.add(tool.name)
        yield tool


def _tool(wire: SentTool, at: str) -> Tool:
    if wire.type not in (None, "custom"):
        raise UnsupportedParameter(
            f"{wire.type[:40]!r} is not supported at '{at}.type'; only tools of your own are, with a name"
            " and an 'input_schema'.",
            f"{at}.type",
        )
    if wire.input_schema is None:
        raise missing(f"{at}.input_schema")
    return Tool(
        name=checked_name(wire.name, f"{at}.name", LONGEST_NAME),
        description=wire.description or "",
        parameters=object_schema(wire.input_schema, f"{at}.input_schema"),
    )


def _kind(choice: SentChoice, names: Collection[str]) -> Literal["auto", "none", "required", "named"]:
    if choice.type is None:
        raise missing("tool_choice.type")
    kind = CHOICES.get(choice.type)
    if kind is None:
        said = f"Invalid value for 'tool_choice.type': it is {', '.join(CHOICES)}."
        raise BadRequest(said, "tool_choice.type")
    if kind == "required" and not names:
        raise BadRequest("'tool_choice' demands a call, and 'tools' offers none.", "tool_choice")
    if kind == "named":
        _check_offered(choice.name, names)
    return kind


def _check_offered(name: str | None, names: Collection[str]) -> None:
    place = "tool_choice.name"
    if checked_name(name, place, LONGEST_NAME) not in names:
        raise BadRequest(f"Invalid value for 'tool_choice': 'tools' offers no tool {name!r}.", place)
