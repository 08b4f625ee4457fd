"""
What an answer costs, in CPU and memory, against a program started for each; and what grows over many.

    script/bench cost [--answers 100] [--started 10] [--long 2000] [NAME ...]

The answers are new conversations, one after another, from an imitated provider.  CPU is that of the daemon
and of all its programs, those that have ended included; memory is proportional (PSS), so that what two
processes share counts once.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial

from benchmarks.direct import Way, started_for, ways
from benchmarks.figures import descendants, family_cpu, total_kb
from benchmarks.rounds import Figures, interleaved
from benchmarks.table import conditions, results_table, table
from tests.real.clis import MISSING, installed
from tests.real.daemon import Daemon
from tests.real.many import requests_in_a_row
from tests.real.provider import ProviderProcess
from tests.real.rigs import backends

COLUMNS = {"cpu": "CPU s per 100 answers", "peak": "most memory, MB"}
GROWTH = ("answers", "daemon, MB", "programs, MB", "programs", "descriptors")
LOOKS = 10  # at memory, during one measurement


def memory_mb(daemon: Daemon) -> float:
    """What the daemon and all its programs take now."""
    pid = daemon.process.pid
    return total_kb({pid, *descendants(pid)}) / 1024


def through_daemon(daemon: Daemon, model: str, count: int) -> Figures:
    """Figures of so many answers from a daemon that has its programs ready."""
    before, peak = family_cpu(daemon.process.pid), 0.0
    for _ in range(LOOKS):
        requests_in_a_row(daemon, model, count // LOOKS)
        peak = max(peak, memory_mb(daemon))
    used = family_cpu(daemon.process.pid) - before
    return {"cpu": used * 100 / count, "peak": peak}


def one_each(way: Way, count: int) -> Figures:
    """Figures of so many programs, each started for its answer and alone."""
    figures = [started_for(way, f"!say number {number}") for number in range(count)]
    return {
        "cpu": sum(one["cpu"] for one in figures) * 100 / count,
        "peak": max(one["peak"] for one in figures),
    }


def growth(daemon: Daemon, model: str, count: int, parts: int = 5) -> str:
    """A table of what is taken after ever more answers."""
    rows: dict[str, list[float]] = {}
    for part in range(parts):
        requests_in_a_row(daemon, model, count // parts)
        pid = daemon.process.pid
        programs = descendants(pid)
        sizes = [total_kb({pid}) / 1024, total_kb(programs) / 1024]
        rows[str((part + 1) * (count // parts))] = [*sizes, len(programs), daemon.figures()["descriptors"]]
    return table(GROWTH, rows)


def measure(model: str, programs: Mapping[str, str], answers: int, started: int, rounds: int) -> None:
    """Measure one program and print."""
    with ProviderProcess() as provider:
        settings = {"backends": {model: backends(provider.url, dict(programs))[model]}}
        way = ways(provider.url, programs)[model]
        with Daemon(settings) as daemon:
            requests_in_a_row(daemon, model, 3)
            variants = {
                f"{model} warm": partial(through_daemon, daemon, model, answers),
                f"{model} one each": partial(one_each, way, started),
            }
            print(results_table(model, COLUMNS, interleaved(variants, rounds)), end="\n\n", flush=True)


def measure_growth(model: str, programs: Mapping[str, str], count: int) -> None:
    """Ask one program very often and print what it takes."""
    with ProviderProcess() as provider:
        settings = {"backends": {model: backends(provider.url, dict(programs))[model]}}
        with Daemon(settings) as daemon:
            print(f"{model}\n\n{growth(daemon, model, count)}\n", flush=True)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--answers", type=int, default=100)
    options.add_argument("--started", type=int, default=10, help="programs started for one answer, per round")
    options.add_argument("--long", type=int, default=2000, help="answers in a row, for the growth; 0: none")
    options.add_argument("names", nargs="*", metavar="NAME", help="claude, codex, gemini; all if none")
    chosen = options.parse_args()
    programs = {name: path for name, path in installed().items() if name in (chosen.names or installed())}
    if not programs:
        raise SystemExit(MISSING)
    for model in programs:
        measure(model, programs, chosen.answers, chosen.started, chosen.rounds)
    for model in programs if chosen.long else ():
        measure_growth(model, programs, chosen.long)
    print(conditions())


if __name__ == "__main__":
    main()
