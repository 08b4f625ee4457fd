"""
Whole requests, one after the other on each of some connections, to programs that answer at once.

    script/bench requests [--rounds 3] [--clients 1 8 32] [--seconds 3]

`warm` asks a program that serves many answers, one after the other or at once; `process each` one that
serves a single conversation, so that each request starts a process; `models` needs none.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks.daemons import Measured, settings
from benchmarks.load import Requests, got, posted
from benchmarks.programs import compiled
from benchmarks.rounds import Figures, interleaved, percentile
from benchmarks.table import conditions, results_table
from tests.real.raw import question

COLUMNS = {
    "rate": "requests/s",
    "cpu": "daemon CPU, µs per request",
    "p50": "time p50, ms",
    "p99": "p99, ms",
}
WARMING = 20


def measured(backends: Mapping[str, Any], request: bytes, clients: int, seconds: float) -> Figures:
    """Figures of one daemon, for about so many seconds."""
    with Measured(settings(backends, clients)) as daemon:
        first = Requests(daemon.port, request, clients, WARMING)
        first.run()
        load = Requests(daemon.port, request, clients, max(clients, int(WARMING / first.elapsed * seconds)))
        before = daemon.cpu_us()
        load.run()
        assert not load.failed + first.failed, daemon.log()[-2000:]
        return {
            "rate": len(load.seconds) / load.elapsed,
            "cpu": (daemon.cpu_us() - before) / len(load.seconds),
            "p50": percentile(load.seconds, 0.5) * 1000,
            "p99": percentile(load.seconds, 0.99) * 1000,
        }


def kinds(paths: Mapping[str, str]) -> dict[str, tuple[dict[str, Any], bytes]]:
    """The configuration and the request of each kind."""
    program = {"program": paths["program"]} if paths else {}
    found = {
        "models": ({"demo": program}, got("/openai/v1/models")),
        "warm": ({"demo": program}, posted(question("demo", "demo: words=1"))),
    }
    if paths:
        found["process each"] = ({"claude": program}, posted(question("claude", "demo: words=1")))
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    options.add_argument("--seconds", type=float, default=3.0)
    chosen = options.parse_args()
    variants: dict[str, Callable[[], Figures]] = {}
    with compiled() as paths:
        for clients in chosen.clients:
            for name, (backends, request) in kinds(paths).items():
                variants[f"{clients} {name}"] = partial(measured, backends, request, clients, chosen.seconds)
        print(results_table("clients", COLUMNS, interleaved(variants, chosen.rounds)))
    print("\n" + conditions())


if __name__ == "__main__":
    main()
