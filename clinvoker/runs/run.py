"""
A run as `web` holds it, whatever agents it takes: pace, patience, the two ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from clinvoker.errors import AnswerTooLong, ClinvokerError, TimedOut
from clinvoker.interfaces import Deliver, IConversation, IRun
from clinvoker.model import Event, Started, size_of
from clinvoker.runs.fingerprints import AnswerMark
from clinvoker.settings import Limits
from clinvoker.shaping.plans import Plan


@implementer(IRun)
class Run:
    """
    One completion under way, over as many attempts as it takes.

    `carry` does the work, by calls of `attempt`: it is given this run and is cancelled when the run is.
    """

    def __init__(
        self,
        clock: IReactorTime,
        limits: Limits,
        deliver: Deliver,
        carry: Callable[[Run], Coroutine[Deferred[Any], Any, None]],
    ) -> None:
        self.settled: Deferred[None] = Deferred()
        self.answer = AnswerMark()  # of what the client was given
        self.delivered = False  # whether anything was given to the client
        self.conversation: IConversation | None = None  # never: whoever carries it keeps `held`
        self.held: IConversation | None = None  # the conversation that the last attempt left
        self._clock = clock
        self._limits = limits
        self._deliver = deliver
        self._attempt: IRun | None = None
        self._last_settled: Deferred[None] = succeed(None)
        self._room = limits.answer_bytes
        self._paused = False
        self._silence: IDelayedCall | None = None
        self._setting = ""  # what bounds that silence
        self._why: ClinvokerError | None = None  # it is being cancelled by us
        self._deadline = clock.callLater(limits.request_secs, self._too_long)
        self.ended = Deferred.fromCoroutine(self._explained(carry(self)))

    def interrupt(self, why: ClinvokerError) -> None:
        """Give the run up from this side: who waits for it is told why."""
        self._why = self._why or why
        self.ended.cancel()

    async def attempt(self, plan: Plan, begin: Callable[[Deliver], Awaitable[IRun]]) -> None:
        """Begin one attempt and wait for its end.  Fails as the attempt does."""
        run = await begin(partial(self._heard, plan))
        self._attempt, self._last_settled = run, run.settled
        if self._paused:
            run.pauseProducing()
        self._listen(self._limits.first_output_secs, "first_output_secs")
        try:
            if plan.cut:  # it was as quick as that
                run.ended.cancel()
            await run.ended
        except CancelledError:
            if not plan.cut:
                raise
        finally:
            self._attempt = None
            self._hush()
        self.held = run.conversation

    # --- IPushProducer

    def pauseProducing(self) -> None:
        self._paused = True
        if self._attempt is not None:
            self._attempt.pauseProducing()

    def resumeProducing(self) -> None:
        self._paused = False
        if self._attempt is not None:
            self._attempt.resumeProducing()

    def stopProducing(self) -> None:
        self.ended.cancel()

    # --- within

    async def _explained(self, work: Coroutine[Deferred[Any], Any, None]) -> None:
        try:
            await work
        except CancelledError:
            if self._why is not None:
                raise self._why from None
            raise
        finally:
            if self._deadline.active():
                self._deadline.cancel()
            self._last_settled.addCallback(lambda _: self.settled.callback(None))

    def _heard(self, plan: Plan, events: Sequence[Event]) -> None:
        if _says_something(events):
            self._listen(self._limits.idle_output_secs, "idle_output_secs")
        if shown := plan.feed(events):
            self.delivered = self.delivered or _says_something(shown)
            self.answer.feed(shown)
            self._deliver(shown)
        if plan.cut and self._attempt is not None:
            self._attempt.ended.cancel()
        self._room -= sum(map(size_of, events))
        if self._room < 0:
            bound = self._limits.answer_bytes
            self.interrupt(AnswerTooLong(f"The answer exceeds {bound} bytes (limits.answer_bytes)."))

    def _listen(self, secs: float, setting: str) -> None:
        if self._silence is not None and self._silence.active() and self._setting == setting:
            self._silence.reset(secs)  # at every piece of output: a new call each time would cost more
            return
        self._hush()
        self._setting = setting
        self._silence = self._clock.callLater(secs, self._too_quiet, secs, setting)

    def _hush(self) -> None:
        if self._silence is not None and self._silence.active():
            self._silence.cancel()

    def _too_quiet(self, secs: float, setting: str) -> None:
        self.interrupt(TimedOut(f"The model said nothing for {secs:g} seconds (limits.{setting})."))

    def _too_long(self) -> None:
        secs = self._limits.request_secs
        self.interrupt(TimedOut(f"The answer was not whole within {secs:g} seconds (limits.request_secs)."))


def _says_something(events: Sequence[Event]) -> bool:
    """Whether there is more than `Started`, behind which everything else comes."""
    return not isinstance(events[-1], Started)
