"""What tests of the Model Context Protocol over the wire begin with."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.web.natives import NativeCase
from tests.web.wire import Reply

PATH = "/mcp"
ACCEPT = {"Accept": "application/json, text/event-stream"}
VERSION = "io.modelcontextprotocol/protocolVersion"
STATED = {VERSION: "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def message(method: str, params: Any = None, identity: Any = 1) -> dict[str, Any]:
    """A request."""
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params or {}}


def call(tool: str, identity: Any = 1, token: Any = None, **arguments: Any) -> dict[str, Any]:
    """The call of a tool."""
    meta = {} if token is None else {"_meta": {"progressToken": token}}
    return message("tools/call", {"name": tool, "arguments": arguments, **meta}, identity)


def prompt(identity: Any = 1, token: Any = None, **more: Any) -> dict[str, Any]:
    """The call of `clinvk_prompt`."""
    return call("clinvk_prompt", identity, token, **{"backend": "claude", "prompt": "hi", **more})


def notice(method: str, **params: Any) -> dict[str, Any]:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def stated(asked: dict[str, Any]) -> dict[str, Any]:
    """The same, stating its version."""
    meta = {**asked["params"].get("_meta", {}), **STATED}
    return {**asked, "params": {**asked["params"], "_meta": meta}}


def headers_of(asked: dict[str, Any]) -> dict[str, str]:
    """The headers that repeat what a message says that states its version."""
    named = asked["params"].get("name") or asked["params"].get("uri") or ""
    version = asked["params"]["_meta"][VERSION]
    return {"Mcp-Protocol-Version": version, "Mcp-Method": asked["method"], "Mcp-Name": named}


class McpCase(NativeCase):
    """A connection to a daemon with two backends."""

    def say(self, asked: Any, **headers: str) -> None:
        """Send one."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self.wire.post(PATH, asked, {**ACCEPT, **more})

    def said(self, asked: Any, **headers: str) -> Reply:
        """Send one and take the answer, which must be whole already."""
        self.say(asked, **headers)
        return self.reply()

    def result(self, method: str, params: Any = None) -> Any:
        """The result of a request."""
        reply = self.said(message(method, params))
        self.assertEqual((200, 1), (reply.status, reply.json["id"]))
        return reply.json["result"]

    def error(self, asked: Any, **headers: str) -> tuple[int, int]:
        """The status and code of an error."""
        reply = self.said(asked, **headers)
        return reply.status, reply.json["error"]["code"]

    def events(self) -> list[Any]:
        """The messages in what came since the last time."""
        return [json.loads(line) for line in re.findall(rb"^data: (.*)$", self.wire.take(), re.MULTILINE)]

    def outcome(self) -> Any:
        """The result of the last call, whose answer must be whole."""
        reply = self.reply()
        self.assertEqual("text/event-stream; charset=utf-8", reply.headers["content-type"])
        *_, last = [json.loads(line) for line in re.findall(rb"^data: (.*)$", reply.body, re.MULTILINE)]
        return last["result"]
