"""
A conversation that an agent holds between two runs: parked in the middle of a turn, or at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twisted.internet.defer import Deferred
from zope.interface import implementer

from clinvoker.interfaces import Deliver, IConversation, IRun
from clinvoker.model import Message


class Holder(Protocol):
    """What an agent does about the conversations it holds, by the number of their last run."""

    def holds(self, number: int) -> bool:
        """Whether it does still."""

    def resume(self, held: int, messages: Sequence[Message], deliver: Deliver) -> IRun:
        """As `IConversation.resume`."""

    def abandon(self, held: int) -> Deferred[None]:
        """As `IConversation.abandon`."""


@implementer(IConversation)
class Held:
    """A conversation that an agent holds."""

    def __init__(self, agent: Holder, number: int, waits: bool) -> None:
        self.waits = waits
        self._agent = agent
        self._number = number

    @property
    def alive(self) -> bool:
        return self._agent.holds(self._number)

    def resume(self, messages: Sequence[Message], deliver: Deliver) -> IRun:
        return self._agent.resume(self._number, messages, deliver)

    def abandon(self) -> Deferred[None]:
        return self._agent.abandon(self._number)
