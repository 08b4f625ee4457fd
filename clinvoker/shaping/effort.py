"""
How much work the check of one answer may be.

A schema of a few hundred bytes whose definitions refer twice to the next takes 2 ** n steps, and all of
them on the reactor's thread.  So steps are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from clinvoker.shaping.unusable import Unusable

# Of ten microseconds at most.  An answer of 5,000 objects with two fields takes 41,000.
STEPS = 100_000

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]

# These compare whole values.
_WHOLE = {"enum", "const", "uniqueItems", "dependentRequired"}


class Effort:
    """What is left; `spend` raises `Unusable` when it was too much."""

    def __init__(self, steps: int = STEPS) -> None:
        self._steps = self._left = steps

    def spend(self, steps: int) -> None:
        """So many more."""
        self._left -= steps
        if self._left < 0:
            raise Unusable(f"it takes too many steps, more than {self._steps}")

    def counted(self, name: str, keyword: Keyword) -> Keyword:
        """A keyword of a validator that spends what it costs."""

        def check(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
            self.spend(1 + (_length(wanted) + _length(value)) // 8)
            if name in _WHOLE:
                self.spend(self._size(wanted) * self._size(value) // 8)
            for fault in keyword(validator, wanted, value, schema) or ():
                self.spend(1 + len(fault.message) // 100)
                yield fault

        return check

    def _size(self, value: object) -> int:
        """How many values there are in one, itself among them."""
        size, waiting = 0, [value]
        while waiting:
            part = waiting.pop()
            size += 1
            if isinstance(part, Mapping):
                waiting += part.values()
            elif isinstance(part, list):
                waiting += part
        self.spend(size // 8)
        return size


def _length(value: object) -> int:
    """Of what is gone through one by one; texts are gone through fast."""
    if isinstance(value, str):
        return len(value) // 100
    return len(value) if isinstance(value, list | dict) else 0
