"""
One call of a tool while it is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.carrying import IOrderRun, ITaskListener
from clinvoker.dialects.mcp import Call
from clinvoker.dialects.mcp_messages import Json, Notification
from clinvoker.dialects.mcp_progress import Progress
from clinvoker.dialects.mcp_results import refused, result_of
from clinvoker.errors import ClinvokerError
from clinvoker.model import Event
from clinvoker.orders import Order, Outcome


@attrs.frozen
class Begun:
    """An order under way, and the id of the session that it is in, if there is one."""

    run: IOrderRun
    session: str = ""


Begin = Callable[[ITaskListener], Begun]


@implementer(IOrderRun, ITaskListener)
class ToolCall:
    """
    Tells `notify` how the call goes on and `finish` its result, which it never does once it was given up.
    `begin` begins the order that it is.
    """

    ended: Deferred[None]

    def __init__(self, call: Call, order: Order, begin: Begin, clock: IReactorTime) -> None:
        self.call = call
        self._order = order
        self._begin = begin
        self._clock = clock
        self._progress = Progress(call.token, order)
        self._outcomes: dict[int, Outcome] = {}
        self._given_up = False

    def start(self, notify: Callable[[Notification], None], finish: Callable[[Call, Json], None]) -> None:
        """Begin it."""
        self._notify = notify
        self._finish = finish
        self._began = self._clock.seconds()
        try:
            self._begun = self._begin(self)
        except ClinvokerError as error:
            self._finish(self.call, refused(error))
            self.ended = succeed(None)
        else:
            self.ended = self._begun.run.ended
            self.ended.addCallbacks(self._told, self._over)

    def give_up(self) -> None:
        """Stop it, because the client wants no result any more.  This is no failure."""
        self._given_up = True
        self.ended.cancel()

    def idle(self) -> Notification | None:
        """What shows that it is still under way."""
        return None if self.ended.called else self._progress.idle()

    # --- ITaskListener

    def hear(self, place: int, events: Sequence[Event]) -> None:
        self._tell(self._progress.heard(place, events, self._clock.seconds()))

    def done(self, place: int, outcome: Outcome) -> None:
        self._outcomes[place] = outcome
        if len(self._outcomes) < len(self._order.tasks):
            self._tell(self._progress.done(place, outcome, self._clock.seconds()))

    # --- IPushProducer

    def pauseProducing(self) -> None:
        self._begun.run.pauseProducing()

    def resumeProducing(self) -> None:
        self._begun.run.resumeProducing()

    def stopProducing(self) -> None:
        self._begun.run.stopProducing()

    # --- within

    def _tell(self, notification: Notification | None) -> None:
        if notification is not None:
            self._notify(notification)

    def _told(self, _: None) -> None:
        seconds = self._clock.seconds() - self._began
        tool, session = self.call.tool, self._begun.session
        self._finish(self.call, result_of(tool, self._order, self._outcomes, seconds, session))

    def _over(self, reason: Failure) -> Failure | None:
        return None if self._given_up and reason.check(CancelledError) else reason
