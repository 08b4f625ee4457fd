"""What the program does by itself in a turn, as actions."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from clinvoker.backends.codex.words import Note
from clinvoker.model import Action, Doing

_LONGEST = 200  # characters of a title
_KINDS: Mapping[str, Doing] = {
    "commandExecution": "command",
    "fileChange": "file_change",
    "webSearch": "search",
    "imageView": "read",
    "mcpToolCall": "tool",
}


class Doings(msgspec.Struct, frozen=True):
    """An item of a turn, of whatever type: the same field can be another thing in another one."""

    id: str
    type: str = ""
    status: object = None
    command: object = None
    changes: object = None  # a list of objects with a `path`
    query: object = None
    path: object = None
    tool: object = None


class StepNote(Note, frozen=True):
    """`item/started` and `item/completed`."""

    item: Doings


def begun(item: Doings) -> Action | None:
    """The action that begins; None if the item is none, such as a message."""
    kind = _KINDS.get(item.type)
    if kind is None:
        return None
    titles = (item.command, _paths(item.changes), item.query, item.path, item.tool)
    title = next((title for title in titles if isinstance(title, str) and title), item.type)
    return Action(id=item.id, kind=kind, title=title[:_LONGEST], status="started")


def over(item: Doings) -> Action | None:
    """The action that has ended."""
    action = begun(item)
    failed = item.status in ("failed", "declined")
    return action and replace(action, status="failed" if failed else "done")


def _paths(changes: object) -> str:
    """The files that are written, moved or removed."""
    each = changes if isinstance(changes, list) else []
    return ", ".join(str(change["path"]) for change in each if isinstance(change, dict) and "path" in change)
