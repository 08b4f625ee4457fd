"""
As much of the program as taking back is about, imitated by what was seen of 2.1.330: the messages that stand,
the settings, the tools.  A server that is removed leaves with its tools when the next turn begins; one that
is back by then has kept them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clinvoker.talk import Record
from tests.backends.claude.playing import piece, reply, result, started, streamed

CALL = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}


class ImitatedClaude:
    """Takes what is written to the program; what it writes is given back."""

    def __init__(self) -> None:
        self.said: list[Record] = []
        self.settings: dict[str, Any] = {}
        self.tools: list[str] = []  # that the model was offered last
        self.busy = False
        self._servers: dict[str, list[str]] = {}
        self._leaving: set[str] = set()

    def take(self, record: Any) -> list[Record]:
        """One record."""
        if record["type"] == "control_request":
            return list(self._asked(record["request_id"], record["request"]))
        if record["type"] == "control_response":
            return []
        self.said.append(record)
        if record["type"] == "assistant":
            return []
        self.busy = record.get("shouldQuery", True)
        return self._turn() if self.busy else [result(num_turns=0)]

    @property
    def servers(self) -> set[str]:
        """Those of the next turn."""
        return {*self._servers} - self._leaving

    # --- what becomes of a turn

    def answers(self, text: str) -> list[Record]:
        """It ends well."""
        self.busy = False
        self.said.append({"type": "assistant", "uuid": f"own {len(self.said)}"})
        return [started(), piece(text), result()]

    def fails(self) -> list[Record]:
        """The provider refuses, and is about to be asked again."""
        return [{"type": "system", "subtype": "api_retry", "error": "server_error"}]

    def calls(self) -> list[Record]:
        """It waits for the result of a call."""
        self.said.append({"type": "assistant", "uuid": f"own {len(self.said)}"})
        return [
            *(started(), streamed("content_block_start", content_block=CALL), streamed("content_block_stop")),
            streamed("message_delta", delta={"stop_reason": "tool_use"}),
        ]

    # --- within

    def _turn(self) -> list[Record]:
        for name in self._leaving:
            del self._servers[name]
        self._leaving.clear()
        self.tools = [tool for tools in self._servers.values() for tool in tools]
        return [{"type": "system", "subtype": "init", "tools": self.tools}]

    def _asked(self, request_id: str, request: Any) -> Iterator[Record]:
        subtype = request["subtype"]
        if subtype == "interrupt" and self.busy:
            self.busy = False
            self.said += [{"type": "assistant", "uuid": "cut"}, {"type": "user", "uuid": "[interrupted]"}]
            yield result(is_error=True, subtype="error_during_execution")
        if subtype == "apply_flag_settings":
            _merge(self.settings, request["settings"])
        if subtype == "mcp_set_servers":
            self._leaving.update(self._servers)
        for name, told in request.get("sdkMcpServerManifests", {}).items():
            self._leaving.discard(name)
            tools = self._servers.setdefault(name, [])
            tools += [tool["name"] for tool in told["toolsListResult"]["tools"]]
        rewound = self._rewound(request["target_message_uuid"]) if subtype == "rewind_conversation" else {}
        yield reply(request_id, model="m", **rewound)

    def _rewound(self, target: str) -> dict[str, object]:
        places = [place for place, record in enumerate(self.said) if record.get("uuid") == target]
        if not places:
            return {"rewound": False, "reason": "target_not_found"}
        if _has_results(self.said[places[0]]):
            return {"rewound": False, "reason": "target_splits_tool_call"}
        before, after = self.said[: places[0]], self.said[places[0] + 1 :]
        if [record for record in after if record.get("text_not_typed") and not _has_results(record)]:
            return {"rewound": False, "reason": "stale_target"}
        self.said = before
        return {"rewound": True, "precedingAssistantUuid": before[-1].get("uuid", "own") if before else None}


def _has_results(record: Any) -> bool:
    content = record.get("message", {}).get("content", ())
    return any(block["type"] == "tool_result" for block in content)


def _merge(settings: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, Mapping):
            _merge(settings.setdefault(name, {}), value)
        elif value is None:
            if not isinstance(settings.get(name), Mapping):  # as a whole they are not to be removed
                settings.pop(name, None)
        else:
            settings[name] = value
        if settings.get(name) == {}:
            del settings[name]
