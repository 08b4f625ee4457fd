"""
What the daemon adds to each piece of many answers that flow at once, in time, CPU and memory.

    script/bench streams [--rounds 3] [--streams 1 8 64 256] [--pause-ms 20] [--words 300]

`claude` is the way of programs that serve one answer at a time: a process for each stream, which speaks
claude's protocol.  `shared` is the way of those that serve many: one process, one pipe, all streams.
`splice` is the floor: a C program that has the kernel move each child's bytes to its socket.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks.daemons import Measured, settings
from benchmarks.figures import cpu_us, memory_kb
from benchmarks.load import Streams, asking, stalled
from benchmarks.programs import Splice, compiled
from benchmarks.rounds import Figures, Results, interleaved, percentile
from benchmarks.table import conditions, results_table

COLUMNS = {
    "p50": "latency p50, ms",
    "p99": "p99, ms",
    "added": "added p50",
    "added99": "added p99",
    "cpu": "CPU, µs per piece",
    "floors": "times the floor's",
    "rss": "kB per stream",
}
STALLED = {"idle": "idle, MB", "stalled": "more for a client that reads nothing, MB"}
FLOOD = {"words": 1_000_000, "bytes": 100}
STALL_SECS = 5.0
WARMING = {"words": 20, "pause_ms": 5}


def measured(port: int, pid: int, model: str, streams: int, orders: Mapping[str, int]) -> Figures:
    """Figures of so many streams through the process `pid`, which listens on `port`."""
    before = memory_kb(pid)
    edges: list[tuple[float, int]] = []
    load = Streams(port, asking(model, **orders), streams, spread=max(0.2, streams / 100))
    load.run(lambda: edges.append((cpu_us(pid), memory_kb(pid))))
    assert load.complete == streams, f"{load.complete} of {streams} streams came to their end"
    (begun, resident), (ended, _) = edges
    return {
        "p50": percentile(load.latencies, 0.5) * 1000,
        "p99": percentile(load.latencies, 0.99) * 1000,
        "cpu": (ended - begun) / len(load.latencies),
        "rss": (resident - before) / streams,
    }


def through_daemon(
    backends: Mapping[str, Any], model: str, streams: int, orders: Mapping[str, int]
) -> Figures:
    """Figures of a daemon that was just started."""
    with Measured(settings(backends, streams)) as daemon:
        measured(daemon.port, daemon.pid, model, 1, WARMING)
        return measured(daemon.port, daemon.pid, model, streams, orders)


def through_splice(splice: str, program: str, streams: int, orders: Mapping[str, int]) -> Figures:
    """Figures of the floor."""
    with Splice(splice, program) as floor:
        return measured(floor.port, floor.pid, "-", streams, orders)


def without_reading(backends: Mapping[str, Any], model: str) -> Figures:
    """How much a daemon grows while a client does not read a flood."""
    with Measured(settings(backends)) as daemon:
        measured(daemon.port, daemon.pid, model, 1, WARMING)
        idle = daemon.memory_kb()
        most = stalled(daemon.port, asking(model, **FLOOD), STALL_SECS, daemon.memory_kb)
        return {"idle": idle / 1024, "stalled": (most - idle) / 1024}


def ways(paths: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The configurations under measure, by model."""
    if not paths:
        return {"demo": {"demo": {}}}
    program = {"program": paths["program"]}
    return {"claude": {"claude": program}, "demo": {"demo": program}}


NAMES = {"claude": "claude", "demo": "shared"}


def variants(
    paths: Mapping[str, str], counts: list[int], orders: Mapping[str, int]
) -> dict[str, Callable[[], Figures]]:
    """What is measured, by the name of its row."""
    found: dict[str, Callable[[], Figures]] = {}
    for count in counts:
        for model, backends in ways(paths).items():
            found[f"{count} {NAMES[model]}"] = partial(through_daemon, backends, model, count, orders)
        if paths:
            splice, program = paths["splice"], paths["program"]
            found[f"{count} splice"] = partial(through_splice, splice, program, count, orders)
    return found


def with_floors(results: Results) -> Results:
    """The same with what they have more than the floor, where there is one."""
    for name, figures in results.items():
        floor = results.get(f"{name.split()[0]} splice")
        if floor is not None and floor is not figures:
            figures["added"] = figures["p50"] - floor["p50"]
            figures["added99"] = figures["p99"] - floor["p99"]
            figures["floors"] = figures["cpu"] / floor["cpu"]
    return results


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--streams", type=int, nargs="+", default=[1, 8, 64, 256])
    options.add_argument("--words", type=int, default=300)
    options.add_argument("--pause-ms", type=int, default=20)
    chosen = options.parse_args()
    orders = {"words": chosen.words, "pause_ms": chosen.pause_ms}
    with ExitStack() as stack:
        paths = stack.enter_context(compiled())
        results = interleaved(variants(paths, chosen.streams, orders), chosen.rounds)
        print(results_table(f"streams, a piece each {chosen.pause_ms} ms", COLUMNS, with_floors(results)))
        stalls = {NAMES[model]: partial(without_reading, told, model) for model, told in ways(paths).items()}
        print("\n" + results_table("one stream", STALLED, interleaved(stalls, chosen.rounds)))
    print("\n" + conditions())


if __name__ == "__main__":
    main()
