"""What runs used and how they went, told as they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import Deliver
from clinvoker.model import (
    LEFT,
    WHOLE,
    Event,
    Facts,
    Finished,
    Invocation,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    Usage,
    Used,
)
from clinvoker.tokens import of_invocation, of_letters

Count = Callable[[Used], None]
Watch = Callable[[Facts], None]


class Account:
    """
    Hands on the events of one run.  Of an answer that is whole `count` is told before the client is.  Of one
    that failed in the middle, or whose client left, programs do not say what it used: `count` is told what
    was asked and said, or whoever leaves before the end would never pay.  `watch` is told of the end.
    """

    def __init__(
        self, invocation: Invocation, deliver: Deliver, count: Count, watch: Watch, clock: IReactorTime
    ) -> None:
        self.attempts = 0
        self._invocation = invocation
        self._deliver = deliver
        self._count = count
        self._watch = watch
        self._clock = clock
        self._began = clock.seconds()
        self._admitted = self._first = 0.0
        self._said = 0  # letters that came
        self._usage: Usage | None = None
        self._backend, self._model = "", invocation.model

    def open(self, backend: str, model: str) -> None:
        """Who carries it out, and the model that is asked for, empty where the program chooses."""
        self._backend, self._model = backend, model

    def admitted(self) -> None:
        """It has its place."""
        self._admitted = self._since()

    def deliver(self, events: Sequence[Event]) -> None:
        """Take what happens."""
        first, last = events[0], events[-1]
        if isinstance(first, Started):
            self._model = first.model or self._model
        if not self._first and not isinstance(last, Started):
            self._first = self._since()
        for event in events:
            if isinstance(event, TextDelta | ReasoningDelta):
                self._said += len(event.text)
            elif isinstance(event, ToolCallDelta):
                self._said += len(event.arguments)
        if isinstance(last, Finished):
            self._usage = last.usage
            self._tell(last.usage)
        self._deliver(events)

    def over(self, result: Failure | None) -> Failure | None:
        """It has ended, well or not; gives that on."""
        if self._usage is None and self._said:
            self._tell(Usage(input=of_invocation(self._invocation), output=of_letters(self._said)))
        self._watch(
            Facts(
                request_id=self._invocation.request_id,
                principal=self._invocation.principal,
                backend=self._backend,
                model=self._model,
                outcome=_outcome(result),
                usage=self._usage,
                admitted=self._admitted,
                first=self._first,
                total=self._since(),
                attempts=self.attempts,
            )
        )
        return result

    def _tell(self, usage: Usage) -> None:
        asker = self._invocation.principal
        self._count(Used(principal=asker, backend=self._backend, model=self._model, usage=usage))

    def _since(self) -> float:
        return self._clock.seconds() - self._began


def _outcome(result: Failure | None) -> str:
    if result is None:
        return WHOLE
    if result.check(CancelledError):
        return LEFT
    return result.value.code if isinstance(result.value, ClinvokerError) else ClinvokerError.code


def uncounted(used: Used) -> None:
    """Nobody wants to know."""


def unwatched(facts: Facts) -> None:
    """Nobody wants to know."""
