"""What the program does by itself in a turn, as actions.  Shapes as in captures/codex/work.ndjson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


class Change(msgspec.Struct, frozen=True):
    """A file that is written, moved or removed."""

    path: str = ""


class Doings(msgspec.Struct, frozen=True):
    """An item of a turn, of whatever type; only what can be a title is read."""

    id: str
    type: str = ""
    status: str = ""
    command: str = ""
    changes: Sequence[Change] = ()
    query: str = ""
    path: str = ""
    tool: str = ""


class StepNote(Note, frozen=True):
    """`item/started` and `item/completed`."""

    item: Doings


def begun(item: Doings) -> Action | None:
    """The action that begins; None if the item is none, such as a message."""
    kind = _KINDS.get(item.type)
    if kind is None:
        return None
    title = item.command or ", ".join(change.path for change in item.changes) or item.query
    title = title or item.path or item.tool or item.type
    return Action(id=item.id, kind=kind, title=title[:_LONGEST], status="started")


def over(item: Doings) -> Action | None:
    """The action that has ended."""
    action = begun(item)
    failed = item.status in ("failed", "declined")
    return action and replace(action, status="failed" if failed else "done")
