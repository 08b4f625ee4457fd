"""
The agent's own steps, as every dialect tells them to those who ask.
"""

from __future__ import annotations

from msgspec.structs import replace

from clinvoker.dialects.surrogates import mended
from clinvoker.model import Action


def told(action: Action) -> Action:
    """An action as it can be sent."""
    return replace(action, id=mended(action.id), title=mended(action.title))
