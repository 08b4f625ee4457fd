"""Messages of the Model Context Protocol."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from clinvoker.agency import Agency
from clinvoker.dialects import mcp, mcp_http, mcp_messages
from clinvoker.dialects.mcp_messages import Answer, Request
from clinvoker.dialects.mcp_tools import TOOLS, named_session
from clinvoker.dialects.mcp_versions import Headers, stated
from clinvoker.dialects.native_requests import read_resume
from clinvoker.errors import ClinvokerError
from tests.fuzzing.chance import Chance
from tests.fuzzing.target import Target
from tests.fuzzing.targets.bodies import check_asked
from tests.fuzzing.targets.seeds import NATIVE

_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "progressToken": 7,
}


def _asked(method: str, **params: Any) -> Any:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


SEEDS: list[Any] = [
    _asked(
        "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "x", "version": "1"}
    ),
    _asked("ping"),
    _asked("tools/list"),
    _asked("server/discover", _meta=_META),
    _asked("tools/call", name="clinvk_prompt", arguments=NATIVE[0], _meta=_META),
    _asked("tools/call", name="clinvk_parallel", arguments=NATIVE[4]),
    _asked("tools/call", name="clinvk_chain", arguments=NATIVE[5]),
    _asked("tools/call", name="clinvk_compare", arguments=NATIVE[6]),
    _asked("tools/call", name="clinvk_resume", arguments={"session_id": "0123", "prompt": "more"}),
    _asked("resources/list", cursor="after-50"),
    _asked("resources/read", uri="clinvk://sessions/0123.md"),
    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1, "reason": "r"}},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    [_asked("ping"), _asked("tools/list"), {"jsonrpc": "2.0", "method": "notifications/initialized"}],
]


class Mcp(Target):
    """A body, what the server says to each of its messages, and the orders that they are."""

    name = "mcp"
    planted = ("clinvoker.dialects.mcp_versions", "fault")

    def __init__(self) -> None:
        super().__init__()
        self._server = mcp.McpServer("1", lambda: ("claude", "demo"))

    def read_seeds(self) -> Sequence[Any]:
        return SEEDS

    def made(self, chance: Chance) -> bytes:
        return self.damage.body(chance.pick(self.seeds), chance)

    def run(self, given: Any) -> bool:
        body = mcp_messages.read(given if isinstance(given, bytes) else json.dumps(given).encode())
        good = True
        for heard in body.messages:
            headers = None
            if isinstance(heard, Request) and len(heard.method) % 2:
                headers = Headers(version="2026-07-28", method=heard.method, name="=?base64?eA==?=")
            step = self._server.step(heard, headers)
            if isinstance(step, mcp.Say):
                _check_answer(step.answer, isinstance(heard, Request) and stated(heard))
                good = good and step.answer.error is msgspec.UNSET
            elif isinstance(step, mcp.Call):
                good = _ordered(step) and good
        return good


def _check_answer(answer: Answer, is_stated: bool) -> None:
    told = json.loads(mcp_messages.written(answer).decode())
    assert ("result" in told) != ("error" in told), "neither a result nor an error"
    assert 200 <= mcp_http.status_of(answer, is_stated) < 500, "a fault of ours"


def _ordered(call: mcp.Call) -> bool:
    try:
        if call.tool.read is None:
            session, body = named_session(call.arguments)
            assert session, "no session is named"
            asked = read_resume(body, "claude", "", Agency())
        else:
            asked = call.tool.read(msgspec.json.encode(call.arguments))
    except ClinvokerError:
        return False
    for task in asked.order.tasks:
        check_asked(task.asked)
    assert call.tool.name in TOOLS, "an unknown tool"
    return True
