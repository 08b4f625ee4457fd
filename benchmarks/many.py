"""
Requests in a row with each real program: does anything grow?

    CLINVOKER_TEST_CLIS=.../node_modules script/bench many [--requests 500] [--claude 50] [NAME ...]

The programs talk to an imitated provider.  A claude starts for each request, so that one is
asked less.  Descriptors, zombies and MB are the daemon's; processes and their MB its children's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from benchmarks.daemons import Measured
from benchmarks.figures import total_kb
from benchmarks.table import conditions, table
from tests.real.clis import MISSING, installed
from tests.real.many import requests_in_a_row
from tests.real.provider import ProviderProcess
from tests.real.rigs import backends

COLUMNS = ("after", "seconds", "descriptors", "zombies", "processes", "daemon MB", "children MB")
PARTS = 5


def figures(daemon: Measured, began: float) -> Sequence[float]:
    """One line of the table."""
    counted = daemon.figures()
    children = total_kb(daemon.children())
    return (
        time.monotonic() - began,
        *(counted[name] for name in ("descriptors", "zombies", "processes")),
        counted["resident"] / 1024,
        children / 1024,
    )


def measure(daemon: Measured, model: str, count: int) -> dict[str, Sequence[float]]:
    """Ask, and look at the figures now and then."""
    began, asked = time.monotonic(), 0
    found: dict[str, Sequence[float]] = {}
    for part in [1, *[count // PARTS] * PARTS]:
        requests_in_a_row(daemon, model, part)
        asked += part
        found[f"{asked} of {model}"] = figures(daemon, began)
    return found


def main() -> None:
    """Measure each program that is there, and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=500)
    options.add_argument("--claude", type=int, default=50)
    options.add_argument("names", nargs="*", metavar="NAME", help="claude, codex, gemini; all if none")
    chosen = options.parse_args()
    programs = {name: path for name, path in installed().items() if name in (chosen.names or installed())}
    if not programs:
        raise SystemExit(MISSING)
    rows: dict[str, Sequence[float]] = {}
    with ProviderProcess() as provider:
        for model in programs:
            with Measured({"backends": backends(provider.url, programs)}) as daemon:
                rows |= measure(daemon, model, chosen.claude if model == "claude" else chosen.requests)
            provider.forget()
    print(table(COLUMNS, rows))
    print("\n" + conditions())


if __name__ == "__main__":
    main()
