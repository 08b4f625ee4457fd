"""Chance that can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")


class Chance:
    """Decisions; `source` gives numbers of at least 0 and below 1."""

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source

    def below(self, bound: int) -> int:
        """A whole number of at least 0."""
        return int(self._source() * bound)

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[int(self._source() * len(choices))]

    def once_in(self, times: int) -> bool:
        """Whether it happens this time."""
        return self._source() * times < 1


class Numbered:
    """The chance of each input of a campaign."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = Random()
        self._chance = Chance(self._random.random)

    def of(self, number: int) -> Chance:
        """That of this input; the one before is of no use any more."""
        self._random.seed(self._seed << 40 | number)
        return self._chance


class FromBytes:
    """
    A source of numbers that an engine has chosen, as bytes, two for each.  When they are used up it goes on
    by itself, always in the same way, since loops end by chance.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0
        self._further = Random(crc32(data))

    def __call__(self) -> float:
        if self._place + 2 > len(self._data):
            return self._further.random()
        self._place += 2
        return int.from_bytes(self._data[self._place - 2 : self._place], "big") / (1 << 16)
