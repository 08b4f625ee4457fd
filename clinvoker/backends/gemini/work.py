"""
A session in which the program works by itself: in the client's directory, with its own tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from clinvoker.agency import Agency
from clinvoker.backends.gemini import words
from clinvoker.backends.gemini.conversation import Conversation
from clinvoker.backends.gemini.outcome import usage
from clinvoker.backends.gemini.session import Session
from clinvoker.backends.gemini.tools import Toolbox
from clinvoker.errors import ClinvokerError
from clinvoker.model import Action, Doing, Event, Finished
from clinvoker.talk import Heard, Record, Send, Step

_LONGEST = 200  # characters of a title

# Of the Agent Client Protocol's kinds of tools.
_KINDS: Mapping[str, Doing] = {
    "read": "read",
    "fetch": "read",
    "edit": "file_change",
    "delete": "file_change",
    "move": "file_change",
    "execute": "command",
    "search": "search",
}
_ENDS: Mapping[str, Literal["done", "failed"]] = {"completed": "done", "failed": "failed"}

# The option by which leave is refused: the model is told, and goes on.
_DECLINED: Record = {"outcome": {"outcome": "selected", "optionId": "cancel"}}


class Work(Session):
    """One run in agent mode."""

    first = "0" * 32  # an id that says nothing: the program adds date, folders and files

    def __init__(
        self,
        run: int,
        number: int,
        directory: str,
        conversation: Conversation,
        model: str,
        toolbox: Toolbox,
        agency: Agency,
    ) -> None:
        super().__init__(run, number, directory, conversation, model, toolbox)
        self.folder = agency.workdir
        self._under_way: dict[str, Action] = {}
        self._acted = False

    def update(self, update: Record) -> list[Event]:
        kind = words.text(update, "sessionUpdate")
        if self.interrupted:
            return []
        if kind == "tool_call":
            return self._began(update)
        if kind == "tool_call_update":
            return self._ended(update)
        return super().update(update)

    def asked(self, record: Record) -> list[Step]:
        if self.interrupted or record.get("method") != "session/request_permission":
            return [words.reply(record)]
        # None of its tools needs leave, so what it asks for is not foreseen.
        call = words.part(words.part(record, "params"), "toolCall")
        events = [*self._began(call), *self._ended({**call, "status": "failed"})]
        reply = Send({"jsonrpc": "2.0", "id": record["id"], "result": _DECLINED})
        return [*(Heard(self.run, event) for event in events), reply]

    def outcome(self, result: Record, counted: bool) -> Finished | ClinvokerError:
        if words.text(result, "stopReason") == "max_turn_requests":
            return Finished("length", usage(result))
        if self._acted and not self.spoke:
            self.spoke = True  # deeds are an answer too
        return super().outcome(result, counted)

    def _began(self, call: Record) -> list[Event]:
        identity = words.text(call, "toolCallId")
        action = Action(
            id=identity,
            kind=_KINDS.get(words.text(call, "kind"), "tool"),
            title=words.text(call, "title")[:_LONGEST],
            status="started",
        )
        self._under_way[identity], self._acted = action, True
        return self._opened([action])

    def _ended(self, call: Record) -> list[Event]:
        action = self._under_way.get(words.text(call, "toolCallId"))
        status = _ENDS.get(words.text(call, "status"))
        if action is None or status is None:
            return []
        del self._under_way[action.id]
        return [replace(action, status=status)]
