"""
The client's tools as those of a server inside this daemon, and their names there.  Pure.

Seen with 2.1.330: of a server that the host itself is, the program shows the model the plain names of the
tools if it is told so by the environment; to a few names of tools of its own it adds words or behaviour.
A tool whose schema the provider would refuse it leaves out without a word (`system/init` then does not
list it).  Conditions at the root of a schema it drops: the whole schema then also stands in the tool's
description.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from clinvoker.errors import BadRequest
from clinvoker.model import Tool, Tools
from clinvoker.talk import Record

# Its names, by turns: a server that is removed leaves with its tools only when the next turn begins, though
# the removal was answered long before, and one of its name that is there by then has them besides its own.
SERVERS = ("client", "client2")
OUTPUT = "StructuredOutput"  # the tool by which the program asks for an answer of a schema

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_OWN = {OUTPUT, "Agent", "Bash", "DeferredToolPlaceholder", "Skill", "Task", "ToolSearch"}
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # of a call, at the provider

_ROOT_CONDITIONS = {"anyOf", "oneOf", "allOf"}
_NO_PARAMETERS: Mapping[str, object] = {"type": "object", "properties": {}}

# In the declaration of a tool.  Without the first, parallel calls come one after the other; without
# the second a result of more than 50,000 characters becomes a file that the model cannot read.
_READ_ONLY = {"readOnlyHint": True}
MAX_RESULT = 500_000  # characters; the program takes no larger number
_WHOLE_RESULTS = {"anthropic/maxResultSizeChars": MAX_RESULT}


def offered(tools: Tools) -> Sequence[Tool]:
    """What the model may call."""
    return () if tools.choice == "none" else tools.offered


def greeting() -> Record:
    """What the server answers to `initialize` of MCP."""
    return {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": SERVERS[0], "version": "1"},
    }


def listed(tools: Iterable[Tool]) -> Record:
    """What the server answers to `tools/list`."""
    return {"tools": [_declaration(tool) for tool in tools]}


def name_there(name: str) -> str:
    """The name of a client's tool in the program: its own, or always the same other one."""
    if _NAME.fullmatch(name) and name not in _OWN:
        return name
    readable = re.sub(r"[^a-zA-Z0-9-]+", "_", name)[:48]
    return f"tool_{readable}_{_digest(name)[:8]}"


def id_there(call_id: str, taken: Iterable[str] = ()) -> str:
    """
    The id of a call in the program: the client's, or always the same other one.  The provider takes
    each id once in a conversation; some clients count anew in each answer.
    """
    found, again = call_id if _ID.fullmatch(call_id) else f"call_{_digest(call_id)[:32]}", 1
    while found in taken:
        again += 1
        found = f"call_{_digest(f'{again} {call_id}')[:32]}"
    return found


def missing(tools: Sequence[Tool], there: Iterable[str]) -> BadRequest | None:
    """
    The client's mistake, if not all of its tools are among those that the program has.  One mistake can
    be the end of all.
    """
    names = set(there)
    lost = [index for index, tool in enumerate(tools) if name_there(tool.name) not in names]
    if not lost:
        return None
    alone = len(lost) < len(tools) or len(tools) == 1
    who = f"the tool {tools[lost[0]].name!r}" if alone else "one of the tools"
    said = (
        f"claude cannot offer {who}: its parameters must be a valid JSON schema of an object"
        " whose properties are named by 1 to 64 letters of ASCII, digits, '_', '.' and '-'."
    )
    return BadRequest(said, f"tools[{lost[0]}].function.parameters" if alone else "tools")


def _declaration(tool: Tool) -> Record:
    return {
        "name": name_there(tool.name),
        "description": _description(tool),
        "inputSchema": tool.parameters or _NO_PARAMETERS,
        "annotations": _READ_ONLY,
        "_meta": _WHOLE_RESULTS,
    }


def _description(tool: Tool) -> str:
    if not _ROOT_CONDITIONS & tool.parameters.keys():
        return tool.description
    schema = json.dumps(tool.parameters, ensure_ascii=False, separators=(",", ":"))
    return f"{tool.description}\n\nParameters, as a JSON schema: {schema}".strip()


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
