"""What is fuzzed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.fuzzing.chance import Chance
from tests.fuzzing.mutation import Damage

CRASHES = Path(__file__).parent / "crashes"

# Bytes, or what JSON can hold (its texts with halves of pairs, too).
Input = Any


class Target:
    """
    One of them.  `planted` is the module and the name of something deep in it, which the self-test replaces
    by what fails now and then.
    """

    name = ""
    planted = ("", "")

    def __init__(self) -> None:
        self.seeds: Sequence[Input] = self.read_seeds()
        self.damage = Damage.of(*self.words())

    def read_seeds(self) -> Sequence[Input]:
        """Good inputs."""
        raise NotImplementedError

    def words(self) -> Sequence[Any]:
        """JSON whose keys and texts mean something here."""
        return self.seeds

    def made(self, chance: Chance) -> Input:
        """An input: a good one, damaged."""
        return self.damage.trees(chance.pick(self.seeds), chance)

    def run(self, given: Input) -> bool:
        """
        Feed it; gives whether it was accepted.  What is documented to be raised for bad input is caught
        here; all else comes out of it, `AssertionError` where a promise was broken.
        """
        raise NotImplementedError

    @property
    def crashes(self) -> Sequence[Path]:
        """The files of inputs that were found to crash it."""
        return sorted((CRASHES / self.name).glob("*.json"))


def written(given: Input) -> str:
    """An input as the text of a file."""
    told = {"latin1": given.decode("latin-1")} if isinstance(given, bytes) else {"json": given}
    return json.dumps(told) + "\n"


def read(text: str) -> Input:
    """An input from the text of a file."""
    told = json.loads(text)
    return told["latin1"].encode("latin-1") if "latin1" in told else told["json"]
