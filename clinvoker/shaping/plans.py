"""
The plans: what to ask, what the client sees of the answer, whether to ask again.

A plan lives as long as one answer.  It is fed all events of each attempt; what it gives back goes
to the client, so a plan that may yet ask again gives nothing back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clinvoker.errors import ClinvokerError
from clinvoker.model import (
    Event,
    Finished,
    Invocation,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from clinvoker.shaping.stops import StopSequences
from clinvoker.shaping.tokens import TokenBudget
from clinvoker.tokens import estimate, of_messages


class Plan:
    """The plan of an answer that the program gives as it was asked for."""

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation  # what to ask now
        self.cut = False  # the answer is whole, though the turn goes on: interrupt it
        self.altered = False  # the client saw another answer than the program's conversation holds
        self._again = False

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """Take events of the turn; give those that the client may see now."""
        return events

    def again(self) -> bool:
        """
        Asked after each attempt: whether `invocation` is to be asked anew.

        Raises a `ClinvokerError` if the answer was not what it had to be, and that was the last try.
        """
        again, self._again = self._again, False
        return again

    def failed(self, error: ClinvokerError) -> bool:
        """An attempt failed: whether this plan knows another way, which `invocation` then is."""
        return False

    def ask_again(self, invocation: Invocation) -> None:
        """Have another attempt."""
        self.invocation, self._again = invocation, True


class LimitedPlan(Plan):
    """Text up to a stop sequence, or to a number of tokens."""

    def __init__(self, invocation: Invocation, stops: Sequence[str], max_tokens: int) -> None:
        super().__init__(invocation)
        self._stops = StopSequences(stops)
        self._budget = TokenBudget(max_tokens) if max_tokens else None
        self._said = 0

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        return [shown for event in events for shown in self._shown(event)]

    def _shown(self, event: Event) -> Iterable[Event]:
        if self.cut:
            return
        if isinstance(event, TextDelta):
            yield from self._text(self._stops.feed(event.text))
            if self._stops.found and not self.cut:
                yield self._finish("stop")
        elif isinstance(event, Finished):
            yield from self._text(self._stops.rest())
            if not self.cut:
                yield event
        else:
            yield event

    def _text(self, text: str) -> Iterable[Event]:
        kept = text if self._budget is None else self._budget.feed(text)
        self._said += estimate(kept)
        if kept:
            yield TextDelta(kept)
        if self._budget is not None and self._budget.spent:
            yield self._finish("length")

    def _finish(self, reason: str) -> Finished:
        # The program's own count never comes for a turn that is interrupted.
        self.cut = self.altered = True
        usage = Usage(input=of_messages(self.invocation.messages), output=self._said)
        return Finished("length", usage) if reason == "length" else Finished("stop", usage, self._stops.found)


class OneCallPlan(Plan):
    """The first call of an answer and none of the others."""

    _first = ""

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        return [event for event in events if self._wanted(event)]

    def _wanted(self, event: Event) -> bool:
        if not isinstance(event, ToolCallStarted | ToolCallDelta):
            return True
        self._first = self._first or event.id
        self.altered = self.altered or event.id != self._first
        return event.id == self._first


class Then(Plan):
    """One plan after another: `first` asks, `second` only looks at what the first lets through."""

    def __init__(self, first: Plan, second: Plan) -> None:
        super().__init__(first.invocation)
        self._first = first
        self._second = second

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        shown = self._first.feed(events)
        shown = self._second.feed(shown) if shown else shown
        self.cut = self._first.cut or self._second.cut
        self.altered = self._first.altered or self._second.altered
        return shown

    def again(self) -> bool:
        again = self._first.again()
        self.invocation = self._first.invocation
        return again

    def failed(self, error: ClinvokerError) -> bool:
        other_way = self._first.failed(error)
        self.invocation = self._first.invocation
        return other_way
