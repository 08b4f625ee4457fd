"""
The client's functions as an MCP server offers them: JSON-RPC 2.0 of protocol 2025-06-18, sans-IO.

A call is noted and answered at once, with a result that nobody reads: the program is set to one turn
(`model.maxSessionTurns`), so when all calls of a message were made one after another, the prompt ends
with `max_turn_requests` and the model is not asked again (captures/gemini/acp-gemini-chat-tools.ndjson).
That way all calls of a message are known, which nothing tells before the last of them is answered, and
nothing is kept waiting.  The results come back in the history of another session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from clinvoker.backends.gemini.names import SERVER, served
from clinvoker.backends.gemini.words import part, text
from clinvoker.model import Tool, ToolCall, Tools
from clinvoker.talk import Record

PROTOCOL = "2025-06-18"

_NOTED: Record = {"content": [{"type": "text", "text": "noted"}]}
# The program adds this to each schema; it says something about its own order of calls.
_WAIT = "wait_for_previous"
_UNKNOWN_METHOD = -32601
_INVALID = -32602


def offered(tools: Tools) -> Sequence[Tool]:
    """What the model may call."""
    return () if tools.choice == "none" else tools.offered


class Toolbox:
    """The functions of one session, and the calls the model made of them; `new_id` names each call."""

    def __init__(self, offered: Sequence[Tool], new_id: Callable[[], str]) -> None:
        self.calls: list[ToolCall] = []
        self.listed = not offered  # whether the program knows what there is
        self._tools = {served(tool.name): tool for tool in offered}
        self._new_id = new_id
        self._methods: Mapping[str, Callable[[Record], Record]] = {
            "initialize": self._initialize,
            "ping": lambda _: {},
            "tools/list": self._list,
            "tools/call": self._call,
        }

    def answer(self, asked: Record) -> Record | None:
        """The answer to one record of the program's MCP client; None to what wants none."""
        if "id" not in asked:
            return None
        answer: dict[str, object] = {"jsonrpc": "2.0", "id": asked["id"]}
        method = self._methods.get(text(asked, "method"))
        if method is None:
            return {**answer, "error": {"code": _UNKNOWN_METHOD, "message": "There is no such method."}}
        try:
            return {**answer, "result": method(part(asked, "params"))}
        except KeyError:
            return {**answer, "error": {"code": _INVALID, "message": "There is no such tool."}}

    def _initialize(self, params: Record) -> Record:
        about = {"name": SERVER, "version": "1"}
        return {"protocolVersion": PROTOCOL, "capabilities": {"tools": {}}, "serverInfo": about}

    def _list(self, params: Record) -> Record:
        self.listed = True
        listed = [
            {"name": name, "description": tool.description, "inputSchema": schema(tool.parameters)}
            for name, tool in self._tools.items()
        ]
        return {"tools": listed}

    def _call(self, params: Record) -> Record:
        tool = self._tools[text(params, "name")]
        arguments = dict(part(params, "arguments"))
        if _WAIT not in part(tool.parameters, "properties"):
            arguments.pop(_WAIT, None)
        call = ToolCall(self._new_id(), tool.name, json.dumps(arguments, ensure_ascii=False))
        self.calls.append(call)
        return _NOTED


def schema(parameters: Mapping[str, object]) -> Record:
    """
    The same schema in the form that MCP demands, or the program would take none of the functions: an
    object's, each of whose properties has an object for a schema.
    """
    made: dict[str, object] = {**parameters, "type": "object"}
    properties = parameters.get("properties")
    if isinstance(properties, Mapping):
        made["properties"] = {name: _spelled(value) for name, value in properties.items()}
    return made


def _spelled(value: object) -> object:
    """`true` and `false` as the schemas they stand for."""
    if isinstance(value, bool):
        return {} if value else {"not": {}}
    return value
