"""
Many inputs, one after the other: what came of them.
"""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Iterable
from types import FrameType

import attrs

from tests.fuzzing.chance import Numbered
from tests.fuzzing.target import Input, Target

SECONDS = 20  # of the processor that an input may take: far more than any does
WATCHED = 256  # inputs between two looks at the clock
KEPT = 20  # crashes of which more is told


class TookTooLong(Exception):
    """An input, or those before it, took for ever."""


@attrs.frozen
class Crash:
    """An input that ended otherwise than it may, and what of."""

    target: str
    seed: int
    number: int
    given: Input
    where: str
    trace: str

    @property
    def again(self) -> str:
        """The command by which it is had again."""
        return f"script/fuzz {self.target} --seed {self.seed} --number {self.number}"


@attrs.define
class Outcome:
    """What came of a campaign, or of a part of it."""

    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    crashed: int = 0
    crashes: dict[str, Crash] = attrs.field(factory=dict)  # one of each kind

    def add(self, other: Outcome) -> None:
        """Both."""
        self.inputs += other.inputs
        self.accepted += other.accepted
        self.seconds += other.seconds
        self.crashed += other.crashed
        self.crashes = {**other.crashes, **self.crashes}


def campaign(target: Target, seed: int, numbers: Iterable[int]) -> Outcome:
    """Feed the inputs of these numbers."""
    outcome, chances = Outcome(), Numbered(seed)
    before = signal.signal(signal.SIGPROF, _too_long)
    began = time.perf_counter()
    try:
        for number in numbers:
            if outcome.inputs % WATCHED == 0:
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
            outcome.inputs += 1
            given: Input = None
            try:
                given = target.made(chances.of(number))
                outcome.accepted += target.run(given)
            except Exception as error:
                crash = _crash(target, seed, number, given, error)
                outcome.crashed += 1
                if len(outcome.crashes) < KEPT:
                    outcome.crashes.setdefault(crash.where, crash)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    outcome.seconds = time.perf_counter() - began
    return outcome


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TookTooLong


def _crash(target: Target, seed: int, number: int, given: Input, error: Exception) -> Crash:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/clinvoker/" in frame.filename] or frames
    where = f"{type(error).__name__} in {ours[-1].filename.rpartition('/clinvoker/')[2]}:{ours[-1].name}"
    if isinstance(error, AssertionError):
        where = f"{type(error).__name__}: {str(error)[:80]}"
    return Crash(target.name, seed, number, given, where, "".join(traceback.format_exception(error)))
