"""
The server of the client's tools (`tools.SERVERS`), as the program sees it: MCP inside the control protocol.

A call is a request that stays open until it is answered; 2.1.330 waits without a limit (held 200 s).
Requests of one message come before or after the message is over.  Of results that come together the
program makes an order of its own, so each waits until the one before it is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from clinvoker.backends.claude import tools
from clinvoker.backends.claude.blocks import answer
from clinvoker.backends.claude.words import ControlRequest, answered
from clinvoker.model import Message, Tool
from clinvoker.talk import Record

_NO_SUCH_METHOD = {"code": -32601, "message": "not offered here"}


class ToolServer:
    """Answers what the program asks of the server; calls when there are results for them."""

    def __init__(self, offered: Sequence[Tool]) -> None:
        self._offered = offered
        self._open: dict[str, ControlRequest] = {}  # by the id of the call
        self._results: dict[str, Message] = {}  # that are still to be told
        self._told = ""  # the call whose result the program has not taken yet

    def manifests(self, name: str) -> Record:
        """What the program would ask for first, told before; the server goes by this name."""
        said = {"initializeResult": tools.greeting(), "toolsListResult": tools.listed(self._offered)}
        return {name: said}

    def asked(self, question: ControlRequest) -> list[Record]:
        """The answer to a question, if there is one already."""
        method = question.request.message.method
        if method == "tools/call":
            return self._called(question)
        if method == "initialize":
            return [answered(question, result=tools.greeting())]
        if method == "tools/list":
            return [answered(question, result=tools.listed(self._offered))]
        if method.startswith("notifications/"):
            return [answered(question, result={})]
        return [answered(question, error=_NO_SUCH_METHOD)]

    def bring(self, results: Sequence[Message]) -> list[Record]:
        """Begin to answer the calls."""
        self._results.update((result.call_id, result) for result in results)
        return self._next()

    def taken(self, call_id: str) -> list[Record]:
        """The result of a call stands in the program's conversation."""
        if call_id != self._told:
            return []
        self._told = ""
        return self._next()

    def _called(self, question: ControlRequest) -> list[Record]:
        self._open[question.request.message.params.meta.tool_use_id] = question
        return self._next()

    def _next(self) -> list[Record]:
        call_id = next((call_id for call_id in self._open if call_id in self._results), "")
        if self._told or not call_id:
            return []
        self._told = call_id
        return [answered(self._open.pop(call_id), result=answer(self._results.pop(call_id)))]
