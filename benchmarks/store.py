"""
What keeping costs: the thread of the reactor when something is put, and a client who lists.

    python -m benchmarks.store [--sessions 10000] [--folder FOLDER]

Puts are paced, one a millisecond, so that the store's thread is at work between them, and then
back to back.  Times of `put` are those of the calling thread; times of questions are until the
answer is there.  For comparison the same record is put into SQLite on the calling thread.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from clinvoker.model import Usage
from clinvoker.records import Session, SessionFilter
from clinvoker.settings import Keeping
from clinvoker.storage.database import opened, scripts
from clinvoker.storage.opening import open_store
from clinvoker.storage.sqlite import SqliteTables
from clinvoker.storage.store import Store

QUESTIONS = {
    "first page of 20": SessionFilter(limit=20),
    "last page of 20": SessionFilter(limit=20, offset=9980),
    "by backend and status": SessionFilter(backend="codex", status="failed", limit=20),
    "by tag": SessionFilter(tag="t7", limit=20),
    "by search": SessionFilter(search="number 77", limit=20),
    "all of them": SessionFilter(),
}


def session(number: int) -> Session:
    """A session as it is."""
    return Session(
        id=f"{number:032x}",
        principal="key-1",
        backend=("claude", "codex", "gemini")[number % 3],
        created=1.7e9 + number,
        updated=1.7e9 + number,
        model="claude-sonnet-4-5",
        prompt=f"Say hello to number {number} in the world. " * 5,
        tags=(f"t{number % 10}",),
        metadata={"user": "someone"},
        status="failed" if number % 7 == 0 else "completed",
        turns=1,
        usage=Usage(input=1000, cached=800, output=200),
    )


def times(calls: Iterable[Callable[[], object]], pause: float = 0.0) -> list[float]:
    """Seconds of each call."""
    taken = []
    for call in calls:
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
        if pause:
            time.sleep(pause)
    return sorted(taken)


def line(name: str, taken: list[float], unit: float) -> str:
    """One line of the table: median, 99 of 100, worst."""
    places = (len(taken) // 2, len(taken) * 99 // 100, -1)
    return name.ljust(44) + "".join(f"{taken[place] / unit:12.1f}" for place in places)


def answered(asked: Deferred[Any]) -> Any:
    """Wait for an answer from the store's thread."""
    there = threading.Event()
    answers: list[Any] = []
    asked.addBoth(answers.append).addBoth(lambda _: there.set())
    there.wait()
    return answers[0]


def putting(name: str, put: Callable[[Session], object], sessions: list[Session]) -> None:
    """Put a thousand slowly and the rest at once."""
    slow, fast = sessions[:1000], sessions[1000:]
    print(line(f"{name}, one a millisecond", times((lambda s=s: put(s) for s in slow), 0.001), 1e-6))
    print(line(f"{name}, back to back", times(lambda s=s: put(s) for s in fast), 1e-6))


def asking(name: str, store: Store) -> None:
    """Ask each question thirty times."""
    for question, wanted in QUESTIONS.items():
        ask = lambda wanted=wanted: answered(store.sessions("key-1", wanted))  # noqa: E731
        print(line(f"{name}, {question}", times([ask] * 30), 1e-3))


def inline(path: Path, sessions: list[Session]) -> None:
    """The same into SQLite, on this thread."""
    with closing(opened(path, scripts(), "bench")) as connection:
        putting("sqlite on the calling thread", SqliteTables(connection, "bench").put_session, sessions)


def main() -> None:
    """Measure both stores."""
    options = argparse.ArgumentParser()
    options.add_argument("--sessions", type=int, default=10_000)
    options.add_argument("--folder", help="where files are made; else that of temporary ones")
    chosen = options.parse_args()
    sessions = [session(number) for number in range(chosen.sessions)]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        stores = {
            address.partition(":")[0]: open_store(
                address,
                Keeping(),
                owner="bench",
                way_back=lambda call: call(),
                now=time.time,
                day=lambda at: "2026-01-01",
            )
            for address in ("memory:", f"sqlite:{folder}/state.db")
        }
        print(f"{'put, µs':44}{'median':>12}{'99 of 100':>12}{'worst':>12}")
        for name, store in stores.items():
            store.open()
            putting(name, store.put_session, sessions)
        inline(Path(folder) / "inline.db", sessions)
        print(f"{'questions, ms':44}{'median':>12}{'99 of 100':>12}{'worst':>12}")
        for name, store in stores.items():
            asking(name, store)
            answered(store.close())


if __name__ == "__main__":
    main()
