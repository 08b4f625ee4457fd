"""
One answer to an order of tasks while it is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from clinvoker.carrying import IOrderRun, ITaskListener
from clinvoker.dialects.native_answers import IOrderRenderer
from clinvoker.dialects.native_errors import problem
from clinvoker.dialects.native_results import milliseconds
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import ClinvokerError
from clinvoker.model import Event
from clinvoker.orders import Outcome, Task
from clinvoker.web.completions import Answer
from clinvoker.web.request import ApiRequest
from clinvoker.web.status import status_of


@implementer(ITaskListener)
class OrderAnswer:
    """
    Writes what `written` makes of it.  Where nothing is written before the end, a failure is an HTTP status.
    """

    def __init__(
        self, request: ApiRequest, written: IOrderRenderer, clock: IReactorTime, keepalive_secs: float
    ) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._request = request
        self._written = written
        self._clock = clock
        self._answer = Answer(request, written, clock, keepalive_secs)

    def hear(self, place: int, events: Sequence[Event]) -> None:
        self._answer.send(self._written.feed(events, place))

    def done(self, place: int, outcome: Outcome) -> None:
        self.outcomes[place] = outcome
        self._answer.send(self._written.done(place, outcome))

    async def follow(self, begin: Callable[[ITaskListener], IOrderRun]) -> None:
        """Begin the order and wait for its end.  Being cancelled cancels it."""
        request, began = self._request, self._clock.seconds()
        request.setHeader(b"content-type", self._written.content_type)
        request.setHeader(b"cache-control", b"no-cache")
        request.setHeader(b"x-accel-buffering", b"no")
        try:
            await self._answer.follow([begin(self)])
        except Exception as error:
            if request.channel is None or not request.startedWriting:
                raise  # nobody hears it, or there is a status to say it with
            request.write(self._written.fail(request.told(error)))
        else:
            self._told_alone()
            self._answer.send(self._written.end(self.outcomes, self._clock.seconds() - began))

    def _told_alone(self) -> None:
        """Nothing, or the failure of the only task raised: as a status, if there still is one to tell."""

    def _ignored(self, names: Sequence[str]) -> None:
        if names:
            self._request.setHeader(b"x-clinvoker-ignored", ", ".join(names).encode("ascii", "replace"))


class PromptAnswer(OrderAnswer):
    """The answer to one prompt."""

    def about(self, task: Task, session: str, unheard: Sequence[str]) -> None:
        """What is told besides: the session, if there is one, and what has no effect."""
        self._task, self._session = task, session
        self._ignored(unheard)

    def _told_alone(self) -> None:
        outcome, request = self.outcomes[0], self._request
        if outcome.error is not None and request.startedWriting:
            request.error_code = outcome.error.code  # for the log; the client has been told
        elif outcome.error is not None:
            request.error_body = partial(self._problem, outcome)
            raise outcome.error

    def _problem(self, outcome: Outcome, error: ClinvokerError) -> bytes:
        """The failure, with what is told of every prompt."""
        more = {
            "error": mended(error.message),
            "backend": self._task.backend,
            "exit_code": 1,
            "duration_ms": milliseconds(outcome.seconds),
            "output": mended(outcome.text),
            "session_id": self._session,
        }
        return problem(error, int(status_of(error)), more)
