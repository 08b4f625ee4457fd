"""`script/fuzz`: many inputs for each target, over the processors there are; a line for each."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from subprocess import run

from tests.fuzzing.campaign import Crash, Outcome, campaign
from tests.fuzzing.target import CRASHES, written
from tests.fuzzing.targets import NAMES, target

PORTION = 20_000  # inputs that a process takes at a time


def main(given: Sequence[str]) -> int:
    """Run it; gives 1 where anything crashed."""
    asked = _arguments(given)
    if asked.guided:
        return _guided(asked)
    if asked.number is not None:
        return _one(asked.target or NAMES, asked.seed, asked.number)
    failed = False
    with ProcessPoolExecutor(asked.processes) as pool:
        for name in asked.target or NAMES:
            starts = range(asked.first, asked.first + asked.inputs, PORTION)
            sizes = [min(PORTION, asked.first + asked.inputs - start) for start in starts]
            whole = Outcome()
            for part in pool.map(_part, [name] * len(starts), [asked.seed] * len(starts), starts, sizes):
                whole.add(part)
            print(_line(name, whole, asked.processes), flush=True)
            for crash in whole.crashes.values():
                _tell(crash)
            failed = failed or bool(whole.crashed)
    return int(failed)


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help=f"of {', '.join(NAMES)}; all, if none is named")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="for each target")
    parser.add_argument("--seed", type=int, default=1, help="of chance: the same one, the same inputs")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--number", type=int, help="only the input of this number, with all that comes of it")
    parser.add_argument("--guided", action="store_true", help="by what they reach in the code; one by one")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args(given)


def _guided(asked: argparse.Namespace) -> int:
    """Each target in a process of its own: its engine does not come back."""
    names = asked.target or NAMES
    command = [sys.executable, "-m", "tests.fuzzing.guided"]
    ends = [run([*command, name, str(asked.inputs), str(asked.seed)], check=False) for name in names]
    return int(any(end.returncode for end in ends))


def _part(name: str, seed: int, start: int, size: int) -> Outcome:
    gc.set_threshold(100_000, 50, 100)  # a tenth faster
    return campaign(target(name), seed, range(start, start + size))


def _line(name: str, outcome: Outcome, processes: int) -> str:
    rate = outcome.inputs * processes / outcome.seconds
    share = outcome.accepted / outcome.inputs
    kinds = f" of {len(outcome.crashes)} kinds" if outcome.crashes else ""
    return (
        f"{name:20} {outcome.inputs:>9} inputs {rate:>8.0f}/s {share:>5.0%} accepted "
        f"{outcome.crashed:>6} crashes{kinds}"
    )


def _tell(crash: Crash) -> None:
    """What happened, how it is had again, and a file to be kept, once it is mended, as a fixture."""
    place = Path(CRASHES / crash.target / f"{crash.seed}-{crash.number}.json")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(written(crash.given))
    print(f"  {crash.where}\n  {crash.again}\n  kept as {place}", flush=True)


def _one(names: Sequence[str], seed: int, number: int) -> int:
    """One input, told in full."""
    outcomes = [campaign(target(name), seed, [number]) for name in names]
    for crash in (crash for outcome in outcomes for crash in outcome.crashes.values()):
        print(written(crash.given), crash.trace, sep="")
    return int(any(outcome.crashed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
