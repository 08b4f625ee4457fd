"""What answers used, told as they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clinvoker.interfaces import Deliver
from clinvoker.model import Event, Finished, Started, Used

Count = Callable[[Used], None]


class Account:
    """
    Hands on the events of one run.  Of an answer that is whole `count` is told before the client is; of one
    that failed, or whose client left, programs do not say what it used.
    """

    def __init__(self, principal: str, deliver: Deliver, count: Count) -> None:
        self._principal = principal
        self._deliver = deliver
        self._count = count
        self._backend = self._model = ""

    def open(self, backend: str, model: str) -> None:
        """Who carries it out, and the model that is asked for, empty where the program chooses."""
        self._backend, self._model = backend, model

    def deliver(self, events: Sequence[Event]) -> None:
        """Take what happens."""
        first, last = events[0], events[-1]
        if isinstance(first, Started):
            self._model = first.model or self._model
        if isinstance(last, Finished):
            used = Used(principal=self._principal, backend=self._backend, model=self._model, usage=last.usage)
            self._count(used)
        self._deliver(events)


def uncounted(used: Used) -> None:
    """Nobody wants to know."""
