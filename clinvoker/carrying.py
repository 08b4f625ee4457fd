"""
The interfaces of what carries out orders, and of sessions, as `web` sees them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import Attribute, Interface

from clinvoker.model import Event, Message
from clinvoker.orders import Order, Outcome, Task
from clinvoker.records import Session, Turn


class ITaskListener(Interface):
    """Is told how an order goes on.  `place` is that of a task in the order, from 0."""

    def hear(place: int, events: Sequence[Event]) -> None:
        """These became known together."""

    def done(place: int, outcome: Outcome) -> None:
        """A task is over, or never will be begun because another failed.  Comes once for each."""


class IOrderRun(IPushProducer):
    """An order under way.  Pausing it pauses all that is; stopping it is cancelling it."""

    ended: Deferred[None] = Attribute(
        """
        Fires with None once all tasks are done: none of their failures is its own.  Cancelling it gives
        up whatever is under way, and fails it with `CancelledError`.
        """
    )


class ITasks(Interface):
    """Carries out orders."""

    def unheard(task: Task) -> tuple[str, ...]:
        """
        The names of the parameters that have no effect with this task's backend.

        Raises `BadRequest` for a backend that is none, `UnsupportedParameter` for what it refuses.
        """

    def begin(order: Order, listener: ITaskListener) -> IOrderRun:
        """Begin one.  Raises nothing: what `unheard` would raise is a task's failure here."""


class ISessions(Interface):
    """Keeps of a prompt what lets a later one go on with it.  What is read fails as `ISessionStore` does."""

    def opened(principal: str, task: Task, tags: Sequence[str], metadata: Mapping[str, str]) -> Session:
        """Begin a session with this task, which is kept from now on."""

    async def resumed(principal: str, prefix: str) -> tuple[Session, tuple[Message, ...]]:
        """
        A session and what was said in it.

        Fails with `SessionBusy` while a prompt of it is under way, with `SessionNotKept` where that was
        not kept.
        """

    async def forked(principal: str, prefix: str) -> Session:
        """A new session in which the same was said; fails with `SessionNotKept`."""

    async def deleted(principal: str, prefix: str) -> Session:
        """Forget a session; gives what it was."""

    async def changed(principal: str, prefix: str, title: str | None, tags: Sequence[str] | None) -> Session:
        """A session with another title and other tags, where they are given; fails with `SessionBusy`."""

    async def taken_over(session: Session, turns: Sequence[Turn]) -> bool:
        """Keep a session from elsewhere, unless its principal has one of that id; gives whether."""

    def begin(
        session: Session, order: Order, listener: ITaskListener, history: Sequence[Message] = ()
    ) -> IOrderRun:
        """
        Begin an order of one task in this session, after what was said before; its end is kept, whichever
        it is.  Raises `SessionBusy`.
        """
