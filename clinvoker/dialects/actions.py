"""
The agent's own steps, as clients are told of them who asked for it.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from clinvoker.dialects.surrogates import mended
from clinvoker.model import Action


class AnswerActions(msgspec.Struct, frozen=True, kw_only=True):
    actions: tuple[Action, ...]


def told(action: Action) -> Action:
    """An action as it can be sent."""
    return replace(action, id=mended(action.id), title=mended(action.title))
