"""
The calls that the model makes in one message, piece by piece.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from clinvoker.backends.claude.words import Block
from clinvoker.model import Event, ToolCallDelta, ToolCallStarted


class Calls:
    """
    Calls of the client's tools.  `names` maps names there to the client's.

    The program itself answers calls of other tools, and goes on.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.made = False  # the message has a call of the client's
        self.broken = False  # the arguments of one are no JSON object; the program answers it itself
        self._names = names
        self._id = ""  # of the call under way
        self._arguments: list[str] = []

    def begin(self, block: Block) -> list[Event]:
        """The next block of the message begins."""
        if block.type != "tool_use" or block.name not in self._names:
            return []
        self.made, self._id, self._arguments = True, block.id, []
        return [ToolCallStarted(block.id, self._names[block.name])]

    def piece(self, text: str) -> list[Event]:
        """The next piece of a call's arguments."""
        if not self._id or not text:
            return []
        self._arguments.append(text)
        return [ToolCallDelta(self._id, text)]

    def end(self) -> list[Event]:
        """The block is over."""
        call, self._id = self._id, ""
        if not call:
            return []
        arguments = "".join(self._arguments)
        if not arguments:
            return [ToolCallDelta(call, "{}")]
        self.broken = self.broken or not _is_object(arguments)
        return []


def _is_object(arguments: str) -> bool:
    try:
        msgspec.json.decode(arguments, type=dict[str, object])
    except (ValueError, RecursionError):
        return False
    return True
