"""
How long lists of many sessions take, for a client over HTTP.

    script/bench sessions [--sessions 10000] [--rounds 30]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from benchmarks.daemons import Measured, settings
from benchmarks.rounds import Figures, interleaved
from benchmarks.store import answered, session
from benchmarks.table import conditions, results_table
from clinvoker.settings import Keeping
from clinvoker.storage.opening import open_store
from tests.real.raw import fetch

QUESTIONS: Mapping[str, str] = {
    "first page of 20": "?limit=20",
    "last page of 20": "?limit=20&offset=9980",
    "by backend and status": "?backend=codex&status=failed&limit=20",
    "by tag": "?tag=t7&limit=20",
    "by search": "?search=number%2077&limit=20",
    "one, by its id": f"/{7:032x}",
}


def fill(path: Path, count: int) -> None:
    """Put so many sessions of nobody's key."""
    store = open_store(
        f"sqlite:{path}",
        Keeping(),
        owner="bench",
        way_back=lambda call: call(),
        now=time.time,
        day=lambda at: "2026-01-01",
    )
    store.open()
    now = time.time()
    for number in range(count):
        put = session(number)
        store.put_session(replace(put, principal="anonymous", created=now - count + number, updated=now))
    answered(store.close())


def listed(port: int, question: str) -> Figures:
    """The time of one answer, in ms.  Raises `AssertionError` where it is none."""
    began = time.perf_counter()
    answer = fetch(port, "GET", f"/api/v1/sessions{question}")
    taken = (time.perf_counter() - began) * 1000
    assert answer.status == 200, answer
    return {"ms": taken, "kB": len(answer.body) / 1024}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=30)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="clinvoker-bench-") as folder:
        path = Path(folder, "state.db")
        fill(path, chosen.sessions)
        configured = {**settings({"demo": {}}), "session": {"store": str(path)}}
        with Measured(configured) as daemon:
            variants = {name: partial(listed, daemon.port, asked) for name, asked in QUESTIONS.items()}
            results = interleaved(variants, chosen.rounds)
    title = f"of {chosen.sessions} sessions"
    print(results_table(title, {"ms": "at the client, ms", "kB": "kB"}, results))
    print("\n" + conditions())


if __name__ == "__main__":
    main()
