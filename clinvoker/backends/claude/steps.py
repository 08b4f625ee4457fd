"""The program's own tools at work, as actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from clinvoker.model import Action, Doing
from clinvoker.talk import Record

_LONGEST = 200  # characters of a title

# The kinds of its tools, and which argument says what a call is about.
_KINDS: Mapping[str, tuple[Doing, str]] = {
    "Bash": ("command", "command"),
    "Edit": ("file_change", "file_path"),
    "Write": ("file_change", "file_path"),
    "NotebookEdit": ("file_change", "notebook_path"),
    "Read": ("read", "file_path"),
    "Glob": ("search", "pattern"),
    "Grep": ("search", "pattern"),
    "WebSearch": ("search", "query"),
    "WebFetch": ("read", "url"),
}

_OTHER: tuple[Doing, str] = ("tool", "")


class _Block(msgspec.Struct, frozen=True):
    type: str = ""
    id: str = ""
    name: str = ""
    input: Mapping[str, Any] = {}
    tool_use_id: str = ""
    is_error: bool | None = None


class _Message(msgspec.Struct, frozen=True):
    content: str | Sequence[_Block] = ()


class _Record(msgspec.Struct, frozen=True):
    message: _Message = _Message()


class Steps:
    """Knows which calls are under way."""

    def __init__(self) -> None:
        self._under_way: dict[str, Action] = {}

    def actions(self, record: Record) -> list[Action]:
        """
        The actions that a whole message begins or ends: calls are in an assistant's, results in a
        user's.  Raises `msgspec.ValidationError` for one of another shape.
        """
        content = msgspec.convert(record, _Record).message.content
        blocks = () if isinstance(content, str) else content
        return [action for block in blocks for action in self._of(block)]

    def _of(self, block: _Block) -> list[Action]:
        if block.type == "tool_use":
            action = self._under_way[block.id] = _begun(block)
            return [action]
        if block.type == "tool_result" and block.tool_use_id in self._under_way:
            begun = self._under_way.pop(block.tool_use_id)
            return [msgspec.structs.replace(begun, status="failed" if block.is_error else "done")]
        return []


def _begun(block: _Block) -> Action:
    kind, argument = _KINDS.get(block.name, _OTHER)
    title = str(block.input.get(argument) or block.name)
    return Action(id=block.id, kind=kind, title=title[:_LONGEST], status="started")
