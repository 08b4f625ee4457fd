"""
Every interface of the house.

Third parties implement `IBackend` and `ITalk`; all others are here so that rooms know each
other by promise only.
"""

from __future__ import annotations

from clinvoker.interfaces.agents import Deliver, IAgent, IBackend, IConversation, IRun, ISpawner
from clinvoker.interfaces.doors import IDialect, IRenderer, IRuns
from clinvoker.interfaces.talks import IQuickTalk, ITalk

__all__ = [
    "Deliver",
    "IAgent",
    "IBackend",
    "IConversation",
    "IDialect",
    "IQuickTalk",
    "IRenderer",
    "IRun",
    "IRuns",
    "ISpawner",
    "ITalk",
]
