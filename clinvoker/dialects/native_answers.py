"""
Answers of the native API: whole as one JSON object, or streamed as lines.

All are alike to who writes them: told what happens, each gives the bytes to send now, often none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from zope.interface import implementer

from clinvoker.dialects import native_events as lines
from clinvoker.dialects.native_lines import Numbering, TaskLines
from clinvoker.dialects.native_results import (
    ChainResult,
    CompareResult,
    ParallelResult,
    chain_result,
    compare_result,
    parallel_result,
    prompt_result,
    result_of,
    step_result,
)
from clinvoker.dialects.surrogates import mended
from clinvoker.errors import ClinvokerError
from clinvoker.interfaces import IRenderer
from clinvoker.model import Event
from clinvoker.orders import Order, Outcome

Outcomes = Mapping[int, Outcome]


class IOrderRenderer(IRenderer):
    """Writes one answer to an order; a choice is the place of a task."""

    def done(place: int, outcome: Outcome) -> bytes:
        """The bytes to send now that a task is over."""

    def end(outcomes: Outcomes, seconds: float) -> bytes:
        """The bytes to send now that all are, which took so long."""


class Kind(msgspec.Struct, frozen=True):
    """What the answers to orders of several tasks are: how all is told, and by which lines."""

    whole: Callable[[Order, Outcomes, float], ParallelResult | ChainResult | CompareResult]
    last: type[lines.Line]
    steps: bool = False  # or tasks


PARALLEL = Kind(parallel_result, lines.ParallelDoneLine)
CHAIN = Kind(chain_result, lines.ChainDoneLine, steps=True)
COMPARE = Kind(compare_result, lines.CompareDoneLine)


@implementer(IOrderRenderer)
class Whole:
    """Silent until everything is there: a failure can always be told by a status."""

    content_type = b"application/json"

    def __init__(self, told: Callable[[Outcomes, float], Any]) -> None:
        self._told = told

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        return b""

    def done(self, place: int, outcome: Outcome) -> bytes:
        return b""

    def end(self, outcomes: Outcomes, seconds: float) -> bytes:
        return msgspec.json.encode(self._told(outcomes, seconds))

    def idle(self) -> bytes:
        return b""

    def fail(self, error: ClinvokerError) -> bytes:
        return b""


def whole_prompt(order: Order, session: str) -> Whole:
    """The answer to one prompt that succeeds; what fails is a problem."""
    return Whole(lambda outcomes, seconds: prompt_result(order, outcomes[0], session))


def whole(kind: Kind, order: Order) -> Whole:
    """The answer to several."""
    return Whole(lambda outcomes, seconds: kind.whole(order, outcomes, seconds))


@implementer(IOrderRenderer)
class PromptLines:
    """One prompt as lines.  Its failure is one only where something was written before."""

    content_type = b"application/x-ndjson"

    def __init__(
        self, order: Order, session: str, turns: int, ignored: Sequence[str], now: Callable[[], float]
    ) -> None:
        self._numbering = Numbering(now, session)
        self._lines = TaskLines(order.tasks[0], self._numbering, ignored)
        self._order = order
        self._turns = turns

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        return self._lines.feed(events)

    def done(self, place: int, outcome: Outcome) -> bytes:
        if outcome.error is not None:
            return self._lines.failed(outcome) if self._lines.begun else b""
        said = b""
        if outcome.rehearsal is not None:
            said = self._lines.said(result_of(self._order.tasks[0], outcome).output)
        return said + self._lines.done(outcome, self._turns)

    def end(self, outcomes: Outcomes, seconds: float) -> bytes:
        return b""

    def idle(self) -> bytes:
        return self._lines.idle()

    def fail(self, error: ClinvokerError) -> bytes:
        return self._lines.failed(Outcome(error=error))


@implementer(IOrderRenderer)
class SeveralLines:
    """Several tasks as lines, each with its task's place; a failure is a part of its result."""

    content_type = b"application/x-ndjson"

    def __init__(self, kind: Kind, order: Order, now: Callable[[], float]) -> None:
        self._kind = kind
        self._order = order
        self._numbering = Numbering(now)
        self._tasks = [TaskLines(task, self._numbering, (), place) for place, task in enumerate(order.tasks)]

    def feed(self, events: Sequence[Event], choice: int = 0) -> bytes:
        return self._tasks[choice].feed(events)

    def done(self, place: int, outcome: Outcome) -> bytes:
        task = self._order.tasks[place]
        if self._kind.steps and outcome.cancelled:
            return b""  # it was never begun
        if self._kind.steps:
            told = step_result(self._order, place, outcome)
            return self._numbering.line(lines.StepResultLine, told, task.backend, task=place)
        return self._numbering.line(lines.ResultLine, result_of(task, outcome), task.backend, task=place)

    def end(self, outcomes: Outcomes, seconds: float) -> bytes:
        return self._numbering.line(self._kind.last, self._kind.whole(self._order, outcomes, seconds))

    def idle(self) -> bytes:
        return self._numbering.line(lines.ProgressLine, lines.Progress("waiting"))

    def fail(self, error: ClinvokerError) -> bytes:
        failed = lines.Failed(code=error.code, message=mended(error.message))
        return self._numbering.line(lines.ErrorLine, failed)
