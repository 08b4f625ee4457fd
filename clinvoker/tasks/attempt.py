"""
One task while it is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from clinvoker.errors import AnswerTooLong, ClinvokerError
from clinvoker.interfaces import IRun, IRuns
from clinvoker.model import Event, Finished, Started, TextDelta
from clinvoker.orders import Outcome, Task

Hear = Callable[[Sequence[Event]], None]


class Room:
    """How many more characters all tasks of an order may say, since all of them are kept to its end."""

    def __init__(self, left: int) -> None:
        self._most = self._left = left

    def take(self, text: str) -> bool:
        """Whether this much could still be said; then it is."""
        fits = len(text) <= self._left
        self._left -= len(text) if fits else 0
        return fits

    def error(self) -> AnswerTooLong:
        """What becomes of a task that says more."""
        return AnswerTooLong(f"All answers together exceed {self._most} bytes (limits.answer_bytes).")


class Attempt:
    """
    Gathers what becomes of a task.  `hear` is told its events, at once; `check` gives the names of what
    has no effect, and raises what refuses the task.
    """

    _log = Logger()

    def __init__(
        self,
        task: Task,
        runs: IRuns,
        clock: IReactorTime,
        hear: Hear,
        check: Callable[[Task], tuple[str, ...]],
        room: Room,
    ) -> None:
        self.run: IRun | None = None  # while it is under way
        self._given_up = False
        self._room = room
        self._full = False  # it said more than there was room for
        self._task = task
        self._runs = runs
        self._clock = clock
        self._hear = hear
        self._check = check
        self._began = clock.seconds()
        self._text: list[str] = []
        self._model = ""
        self._finished: Finished | None = None
        self._unheard: tuple[str, ...] = ()

    async def outcome(self, rehearsed: bool, paused: bool) -> Outcome:
        """
        Carry it out.  Its failure is a part of the outcome; being cancelled cancels the run, and so
        does `give_up`, which is no failure of this.
        """
        try:
            self._unheard = self._check(self._task)
            if rehearsed:
                return self._over(rehearsal=self._runs.rehearse(self._task.asked.invocation))
            await self._carried(paused)
        except ClinvokerError as error:
            return self._over(error=error)
        except CancelledError:
            if self._full:
                return self._over(error=self._room.error())
            if not self._given_up:
                raise
            return self._over(cancelled=True)
        except Exception:  # a bug here must not take the other tasks with it
            self._log.failure("a task met a bug")
            return self._over(error=ClinvokerError("Internal error; the daemon's log has it."))
        return self._over()

    def give_up(self) -> None:
        """Stop it, because another failed."""
        self._given_up = True
        if self.run is not None:
            self.run.ended.cancel()

    async def _carried(self, paused: bool) -> None:
        self.run = self._runs.start(self._task.asked.invocation, self._deliver)
        if paused:
            self.run.pauseProducing()
        try:
            await self.run.ended
        finally:
            self.run = None

    def _deliver(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, TextDelta):
                self._say(event.text)
            elif isinstance(event, Started):
                self._model = event.model
            elif isinstance(event, Finished):
                self._finished = event
        self._hear(events)

    def _say(self, text: str) -> None:
        if self._room.take(text):
            self._text.append(text)
        elif self.run is not None and not self._full:
            self._full = True
            self.run.ended.cancel()

    def _over(self, **more: object) -> Outcome:
        finished = self._finished
        told: dict[str, object] = {
            "text": "".join(self._text),
            "model": self._model,
            "reason": finished.reason if finished else "",
            "usage": finished.usage if finished else None,
            "seconds": self._clock.seconds() - self._began,
            "unheard": self._unheard,
        }
        return Outcome(**{**told, **more})  # type: ignore[arg-type]
