"""
Rounds: every variant is measured once in each, one after the other, so that what else the machine does
falls on all alike.  What is told of a figure is its median over the rounds, with the least and the most.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median

# One measurement, by the names of its figures.
Figures = Mapping[str, float]
Variant = Callable[[], Figures]


class Spread:
    """One figure over all rounds."""

    def __init__(self, values: Sequence[float]) -> None:
        self.values = list(values)
        self.median = median(values)
        self.least = min(values)
        self.most = max(values)

    def __sub__(self, other: Spread) -> Spread:
        """What this is more than another figure, round by round: those were measured close together."""
        return Spread([ours - theirs for ours, theirs in zip(self.values, other.values, strict=True)])

    def __truediv__(self, other: Spread) -> Spread:
        """The ratio to another figure, round by round."""
        return Spread([ours / theirs for ours, theirs in zip(self.values, other.values, strict=True)])


Results = dict[str, dict[str, Spread]]


def interleaved(variants: Mapping[str, Variant], rounds: int) -> Results:
    """Measure each variant in each round; gives the spreads by variant and figure."""
    found: dict[str, list[Figures]] = {name: [] for name in variants}
    for number in range(1, rounds + 1):
        for name, measure in variants.items():
            _show(f"round {number} of {rounds}: {name}")
            found[name].append(measure())
    _show("")
    return {
        name: {figure: Spread([one[figure] for one in figures]) for figure in figures[0]}
        for name, figures in found.items()
    }


def _show(progress: str) -> None:
    """Say how far it is, to whoever looks on."""
    if sys.stderr.isatty():
        print(f"\r{progress:70}\r", end="", file=sys.stderr, flush=True)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that this part (0 to 1) of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
