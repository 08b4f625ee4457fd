"""
Mixed traffic for a long time: does everything that was asked come to an end, and does anything grow?

    script/bench soak [--minutes 20] [--clients 8] [NAME ...]

Each client asks one thing after another: whole and streamed answers, next questions, tools with their
results, failures of the provider, answers it leaves in the middle, answers it reads slowly.  Its own count
of what became of each is held against the daemon's log.  Exits with 1 where the counts differ, a request
has no end, or something is left over.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from threading import Thread

from benchmarks.figures import descendants, total_kb
from benchmarks.table import conditions, table
from benchmarks.traffic import Traffic
from tests.real.children import wait_for
from tests.real.clis import MISSING, installed
from tests.real.daemon import Daemon
from tests.real.provider import ProviderProcess
from tests.real.rigs import backends

COLUMNS = ("minute", "asked", "daemon, MB", "programs, MB", "programs", "descriptors")
ENDS = ("answered", "refused", "left")
_LINE = re.compile(r" POST '/openai/v1/chat/completions' (\d+) (\S+) model=")


def journalled(log: str) -> Counter[str]:
    """What became of each request by the daemon's log, in the words of `ENDS`."""
    ends = {"done": "answered", "left": "left"}
    return Counter(ends.get(outcome, "refused") for _, outcome in _LINE.findall(log))


def look(daemon: Daemon, minute: float, asked: int) -> list[float]:
    """A row of the table."""
    pid = daemon.process.pid
    programs = descendants(pid)
    sizes = [total_kb({pid}) / 1024, total_kb(programs) / 1024]
    return [minute, asked, *sizes, len(programs), daemon.figures()["descriptors"]]


def idle(daemon: Daemon) -> bool:
    """Whether no run is under way in any program."""
    return not any(backend["runs"] for backend in daemon.get("/health")[1]["backends"])


def traffic_of(
    daemon: Daemon, provider: ProviderProcess, clients: int, minutes: float, models: list[str]
) -> tuple[Counter[str], list[list[float]]]:
    """Have the traffic; gives what became of each request, by the clients' count, and a row a minute."""
    until = time.monotonic() + minutes * 60
    all_ = [Traffic(daemon.port, models, seed, until) for seed in range(clients)]
    threads = [Thread(target=one.run, daemon=True) for one in all_]
    for thread in threads:
        thread.start()
    rows: list[list[float]] = []
    begun = forgotten = time.monotonic()
    while any(thread.is_alive() for thread in threads):
        time.sleep(1)
        now = time.monotonic()
        asked = sum(one.ends.total() for one in all_)
        if now - forgotten > 20:
            provider.forget()
            forgotten = now
        if now - begun >= 60 * (len(rows) + 1) or now > until:
            rows.append(look(daemon, round((now - begun) / 60, 1), asked))
        assert now < until + 120, "a request has no end"
    assert all(one.done for one in all_), "a client met what it did not expect: see above"
    return sum((one.ends for one in all_), Counter()), rows


def judged(daemon: Daemon, counted: Counter[str]) -> list[str]:
    """What is wrong at the end."""
    wait_for(lambda: idle(daemon), 30, "every run has ended")
    told = wait_for(
        lambda: log if (log := journalled(daemon.log())).total() >= counted.total() else Counter(),
        30,
        "every request is in the log",
    )
    wrong = [
        f"{end}: {counted[end]} by the clients, {told[end]} by the daemon"
        for end in ENDS
        if counted[end] != told[end]
    ]
    if daemon.figures()["zombies"]:
        wrong.append("dead processes were not waited for")
    return wrong


def measure(programs: Mapping[str, str], clients: int, minutes: float) -> list[str]:
    """Have the traffic, print what became of it, give what is wrong."""
    with ExitStack() as stack:
        provider = stack.enter_context(ProviderProcess())
        daemon = stack.enter_context(Daemon({"backends": backends(provider.url, dict(programs))}))
        counted, rows = traffic_of(daemon, provider, clients, minutes, list(programs))
        wrong = judged(daemon, counted)
        rows.append(look(daemon, -1, counted.total()))
        print(table(COLUMNS, {"end" if row[0] < 0 else str(row[0]): row[1:] for row in rows}))
        print("\n" + ", ".join(f"{counted[end]} {end}" for end in ENDS), f"of {counted.total()} asked")
        return wrong


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=20)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("names", nargs="*", metavar="NAME", help="claude, codex, gemini; all if none")
    chosen = options.parse_args()
    programs = {name: path for name, path in installed().items() if name in (chosen.names or installed())}
    if not programs:
        raise SystemExit(MISSING)
    wrong = measure(programs, chosen.clients, chosen.minutes)
    print("\n".join(wrong or ["nothing lost, nothing left over"]) + "\n\n" + conditions())
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
