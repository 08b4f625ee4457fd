"""
The calls that the model makes in one message, piece by piece.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clinvoker.backends.claude.words import Block
from clinvoker.model import Event, ToolCallDelta, ToolCallStarted
from clinvoker.talk import sendable


class Calls:
    """
    Calls of the client's tools.  `names` maps names there to the client's.

    The program itself answers calls of other tools, and goes on.  They are `broken` where one is no call that
    a client could be told of: its arguments are no JSON object, which the program answers itself; its id is
    none of its own; or something else comes before its end.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.made = False  # the message has a call of the client's
        self.broken = False
        self.open = False  # the arguments of one are to follow
        self._names = names
        self._ids: set[str] = set()
        self._id = ""  # of the latest call
        self._arguments: list[str] = []

    def begin(self, block: Block) -> list[Event]:
        """The next block of the message begins."""
        self.broken = self.broken or self.open
        if block.type != "tool_use" or block.name not in self._names:
            return []
        self.broken = self.broken or block.id in (*self._ids, "") or block.id != sendable(block.id)
        if self.broken:
            return []
        self._ids.add(block.id)
        self.made, self.open, self._id, self._arguments = True, True, block.id, []
        return [ToolCallStarted(block.id, self._names[block.name])]

    def piece(self, text: str) -> list[Event]:
        """The next piece of a call's arguments."""
        if not self.open or not text:
            return []
        self._arguments.append(text)
        return [ToolCallDelta(self._id, text)]

    def end(self) -> list[Event]:
        """The block is over."""
        if not self.open:
            return []
        self.open = False
        arguments = "".join(self._arguments)
        if not arguments:
            return [ToolCallDelta(self._id, "{}")]
        self.broken = self.broken or not _is_object(arguments)
        return []


def _is_object(arguments: str) -> bool:
    try:
        msgspec.json.decode(arguments, type=dict[str, object])
    except (ValueError, RecursionError):
        return False
    return True
