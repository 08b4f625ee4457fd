"""
Requests in a row with each real program: does anything grow?

    CLINVOKER_TEST_CLIS=.../node_modules python -m benchmarks.many [--requests 500] [--claude 50]
        [NAME ...]

The programs talk to an imitated provider.  Each claude has one conversation at a time, and eight stay by
default; that one is asked less.  Descriptors, zombies and RSS are the daemon's; processes and their RSS its
children's.
"""

from __future__ import annotations

import argparse
import time

from tests.real.children import resident
from tests.real.clis import MISSING, installed
from tests.real.daemon import Daemon
from tests.real.many import requests_in_a_row
from tests.real.provider import ProviderProcess
from tests.real.rigs import backends

COLUMNS = ("requests", "seconds", "descriptors", "processes", "zombies", "daemon MB", "children MB")


def line(model: str, values: list[float]) -> str:
    """One line of the table."""
    cells = [f"{value:12.1f}" if isinstance(value, float) else f"{value:12d}" for value in values]
    return model.ljust(8) + "".join(cells)


def measure(daemon: Daemon, model: str, count: int, parts: int = 5) -> None:
    """Ask, and print the figures now and then."""
    begun = time.monotonic()
    done = 0
    for part in [1, *[count // parts] * parts]:
        requests_in_a_row(daemon, model, part)
        done += part
        figures = daemon.figures()
        children = sum(map(resident_or_none, daemon.children()))
        memory = [figures["resident"] / 1024, children / 1024]
        counted = [figures[name] for name in COLUMNS[2:5]]
        print(line(model, [done, time.monotonic() - begun, *counted, *memory]), flush=True)


def resident_or_none(pid: int) -> int:
    """Memory of a process that may have gone, in kB."""
    try:
        return resident(pid)
    except OSError:
        return 0


def main() -> None:
    """Measure each program that is there."""
    options = argparse.ArgumentParser()
    options.add_argument("--requests", type=int, default=500)
    options.add_argument("--claude", type=int, default=50)
    options.add_argument("names", nargs="*", metavar="NAME", help="claude, codex, gemini; all if none")
    chosen = options.parse_args()
    programs = {name: path for name, path in installed().items() if name in (chosen.names or installed())}
    if not programs:
        raise SystemExit(MISSING)
    print(" " * 8 + "".join(f"{name:>12}" for name in COLUMNS))
    with ProviderProcess() as provider:
        for model in programs:
            with Daemon({"backends": backends(provider.url, programs)}) as daemon:
                measure(daemon, model, chosen.claude if model == "claude" else chosen.requests)
            provider.forget()


if __name__ == "__main__":
    main()
