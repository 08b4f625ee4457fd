"""What tests of orders begin with: runs that the test carries out, and a listener that notes all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from clinvoker.agency import Agency
from clinvoker.carrying import IOrderRun, ITaskListener
from clinvoker.model import (
    Asked,
    BackendHealth,
    Event,
    Finished,
    Invocation,
    Message,
    Model,
    Text,
    TextDelta,
    Treatment,
    Usage,
)
from clinvoker.orders import Order, Outcome, Task
from clinvoker.tasks.service import Tasks
from clinvoker.testing.runs import HONOURED, MemoryRun, MemoryRuns

BACKENDS = ("claude", "codex")
END = Finished("stop", Usage(input=3, output=2))


def task(text: str = "hi", backend: str = "claude", workdir: str = "", **more: Any) -> Task:
    """A task; in a directory, if one is named."""
    agency = Agency(mode="agent", workdir=workdir) if workdir else Agency()
    asked = {name: more.pop(name) for name in ("ignored", "depending", "places") if name in more}
    message = Message("user", (Text(text),))
    invocation = Invocation(model=backend, messages=(message,), agency=agency)
    return Task(asked=Asked(invocation=invocation, **asked), backend=backend, **more)


@implementer(ITaskListener)
class Noted:
    """All that was told."""

    def __init__(self) -> None:
        self.events: list[tuple[int, Event]] = []
        self.outcomes: dict[int, Outcome] = {}

    def hear(self, place: int, events: Sequence[Event]) -> None:
        self.events.extend((place, event) for event in events)

    def done(self, place: int, outcome: Outcome) -> None:
        assert place not in self.outcomes
        self.outcomes[place] = outcome


class OrdersCase(SynchronousTestCase):
    """Orders over runs in memory."""

    treatments: dict[str, Treatment] = {**HONOURED, "temperature": "ignored", "seed": "refused"}

    def setUp(self) -> None:
        self.clock = Clock()
        self.runs = MemoryRuns(
            [Model(name, name) for name in BACKENDS],
            [BackendHealth(name=name, state="ready") for name in BACKENDS],
            self.treatments,
        )
        self.tasks = Tasks(self.runs, self.clock)
        self.noted = Noted()

    def begin(self, *tasks: Task, **more: Any) -> IOrderRun:
        """Begin an order."""
        self.order = self.tasks.begin(Order(tasks=tasks, **more), self.noted)
        return self.order

    def answer(self, run: MemoryRun, text: str = "yes") -> None:
        """A run says something and is over."""
        run.hear(TextDelta(text), END)

    @property
    def outcomes(self) -> list[Outcome]:
        """All, by their places."""
        return [self.noted.outcomes[place] for place in sorted(self.noted.outcomes)]

    def prompts(self) -> list[str]:
        """What each run was asked at last."""
        return [run.invocation.messages[-1].text for run in self.runs.runs]
