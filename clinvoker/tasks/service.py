"""
Orders carried out: some tasks at once, or one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from clinvoker.carrying import IOrderRun, ITaskListener, ITasks
from clinvoker.errors import BadRequest
from clinvoker.interfaces import IRuns
from clinvoker.orders import Order, Outcome, Task
from clinvoker.settings import Limits
from clinvoker.tasks.attempt import Attempt, Hear, Room
from clinvoker.tasks.filling import filled, inherited
from clinvoker.tasks.treatment import checked

CANCELLED = Outcome(cancelled=True)


@implementer(ITasks)
class Tasks:
    """
    Makes runs of orders.  `strict` refuses what would have no effect; all tasks of an order together may
    say `answer_bytes`, roughly.
    """

    def __init__(
        self,
        runs: IRuns,
        clock: IReactorTime,
        strict: bool = False,
        answer_bytes: int = Limits().answer_bytes,
    ) -> None:
        self._runs = runs
        self._clock = clock
        self._strict = strict
        self._answer_bytes = answer_bytes

    def change(self, strict: bool, answer_bytes: int) -> None:
        """These hold for orders from now on."""
        self._strict, self._answer_bytes = strict, answer_bytes

    def unheard(self, task: Task) -> tuple[str, ...]:
        return checked(task, self._runs, self._strict)

    def begin(self, order: Order, listener: ITaskListener) -> IOrderRun:
        room = Room(self._answer_bytes)

        def attempt(task: Task, hear: Hear) -> Attempt:
            return Attempt(task, self._runs, self._clock, hear, self.unheard, room)

        return OrderRun(order, listener, attempt)


@implementer(IOrderRun)
class OrderRun:
    """An order under way.  As many workers as tasks may be carried out at once, each takes the next."""

    def __init__(
        self, order: Order, listener: ITaskListener, attempt: Callable[[Task, Hear], Attempt]
    ) -> None:
        self._order = order
        self._listener = listener
        self._attempt = attempt
        self._tasks = list(order.tasks)
        self._next = 0
        self._stopped = False
        self._over = False  # nobody is to be told any more
        self._paused = False
        self._outcomes: list[Outcome] = []  # in the order in which tasks ended
        self._under_way: list[Attempt] = []
        workers = 1 if order.chained else max(1, min(order.at_once, len(order.tasks)))
        ends = [Deferred.fromCoroutine(self._work()) for _ in range(workers)]
        self.ended: Deferred[Any] = gatherResults(ends, consumeErrors=True)
        self.ended.addCallbacks(_nothing, self._failed)

    # --- IPushProducer

    def pauseProducing(self) -> None:
        self._paused = True
        for attempt in self._under_way:
            if attempt.run is not None:
                attempt.run.pauseProducing()

    def resumeProducing(self) -> None:
        self._paused = False
        for attempt in list(self._under_way):
            if attempt.run is not None:
                attempt.run.resumeProducing()

    def stopProducing(self) -> None:
        self.ended.cancel()

    # --- within

    async def _work(self) -> None:
        while self._next < len(self._tasks):
            place, self._next = self._next, self._next + 1
            outcome = CANCELLED if self._stopped else await self._carried(place)
            if self._over:
                return
            self._outcomes.append(outcome)
            self._listener.done(place, outcome)
            if self._order.stop and not outcome.good and not self._stopped:
                self._stop()

    async def _carried(self, place: int) -> Outcome:
        try:
            task = self._linked(place) if self._order.chained else self._tasks[place]
        except BadRequest as error:
            return Outcome(error=error)
        attempt = self._attempt(task, partial(self._listener.hear, place))
        self._under_way.append(attempt)
        try:
            return await attempt.outcome(self._order.rehearsed, self._paused)
        finally:
            self._under_way.remove(attempt)

    def _linked(self, place: int) -> Task:
        """A task of a chain, with what those before it gave.  That makes it long, so it is not kept."""
        task, before = self._tasks[place], self._tasks[:place]
        if self._order.same_workdir:
            task = self._tasks[place] = inherited(task, before)
        if self._order.rehearsed:
            return task
        invocation = filled(task.asked.invocation, before, self._outcomes)
        return replace(task, asked=replace(task.asked, invocation=invocation))

    def _stop(self) -> None:
        self._stopped = True
        for attempt in list(self._under_way):
            attempt.give_up()

    def _failed(self, reason: Failure) -> Failure:
        """It was cancelled, or the listener failed: nothing goes on unheard."""
        self._over = True
        self._stop()
        return reason.value.subFailure if isinstance(reason.value, FirstError) else reason


def _nothing(_: object) -> None:
    """All workers are done."""
