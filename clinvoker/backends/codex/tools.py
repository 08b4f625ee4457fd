"""
The client's tools as `dynamicTools` of a thread, and their names there.  Pure.

Seen with 0.169.0: names that begin with `mcp__` are refused, and two names of the program's own
shell vanish from what the provider is offered.  Of a schema the program passes on some keywords
only, and of one over 5000 bytes no descriptions; so where it would lose something, the
whole schema also stands in the tool's description, which is passed on as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from clinvoker.errors import BadRequest
from clinvoker.model import Tool, Tools

_NAME = re.compile(r"(?!mcp__)[a-zA-Z0-9_-]{1,64}")
_VANISHING = ("exec_command", "shell_command")
_ID = re.compile(r"[!-~]{1,64}")  # of a call; the provider takes no longer one

_SCHEMA_BYTES = 5000
_KEPT = {
    *("type", "description", "properties", "required", "additionalProperties", "items", "minItems"),
    *("enum", "anyOf", "oneOf", "allOf", "$ref", "$defs", "definitions"),
}
_SAYS_NOTHING = {"title", "$schema", "$id", "$comment"}
_KINDS = {"type", "anyOf", "oneOf", "allOf", "$ref"}  # without one a type is made up
_NO_PARAMETERS: Mapping[str, object] = {"type": "object", "properties": {}}

_REFUSED = re.compile(r"dynamic tool input schema is not supported for (\S+): (.*)", re.DOTALL)


def offered(tools: Tools) -> Sequence[Tool]:
    """What the model may call."""
    return () if tools.choice == "none" else tools.offered


def specifications(tools: Iterable[Tool]) -> list[dict[str, object]]:
    """The tools as `thread/start` takes them."""
    return [
        {
            "type": "function",
            "name": name_there(tool.name),
            "description": _description(tool),
            "inputSchema": tool.parameters or _NO_PARAMETERS,
        }
        for tool in tools
    ]


def name_there(name: str) -> str:
    """The name of a client's tool in the program: its own, or always the same other one."""
    if _NAME.fullmatch(name) and name not in _VANISHING:
        return name
    readable = re.sub(r"[^a-zA-Z0-9-]+", "_", name)[:48]
    return f"tool_{readable}_{_digest(name)[:8]}"


def id_there(call_id: str) -> str:
    """The id of a call in the program: the client's, or always the same other one."""
    return call_id if _ID.fullmatch(call_id) else f"call_{_digest(call_id)[:32]}"


def refused(message: str, tools: Sequence[Tool]) -> BadRequest | None:
    """The client's mistake, if it is that for which the program did not make a thread."""
    found = _REFUSED.fullmatch(message)
    for index, tool in enumerate(tools):
        if found and found[1] == name_there(tool.name):
            said = f"Codex does not take the schema of the tool {tool.name!r}: {found[2]}"
            return BadRequest(said, f"tools[{index}].function.parameters")
    return None


def _description(tool: Tool) -> str:
    if _passes(tool.parameters) and len(_text(tool.parameters).encode("utf-8", "replace")) <= _SCHEMA_BYTES:
        return tool.description
    return f"{tool.description}\n\nParameters, as a JSON schema: {_text(tool.parameters)}".strip()


def _passes(schema: object) -> bool:
    """Whether the program passes all on that this schema says."""
    if not isinstance(schema, Mapping) or not schema:
        return isinstance(schema, Mapping)
    keywords = schema.keys() - _SAYS_NOTHING
    return (
        keywords <= _KEPT
        and bool(keywords & _KINDS or keywords <= {"properties", "required"})
        and all(_passes(inner) for inner in _inner(schema))
    )


def _inner(schema: Mapping[str, object]) -> Iterable[object]:
    """The schemas right inside a schema."""
    for word in ("properties", "$defs", "definitions"):
        if isinstance(named := schema.get(word), Mapping):
            yield from named.values()
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(listed := schema.get(word), list | tuple):
            yield from listed
    if "items" in schema:
        yield schema["items"]
    elif schema.get("type") == "array":
        yield False  # the program makes it one of strings
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield schema["additionalProperties"]


def _text(schema: object) -> str:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
