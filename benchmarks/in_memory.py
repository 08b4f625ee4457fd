"""
What our own code costs, without a process, a socket or a reactor: pieces of answers, small requests.

    script/bench in_memory [--rounds 5]

The times are those of the thread on a processor, and the least of many repeats in each round.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import cast

from twisted.internet.task import Clock

from benchmarks.playing import PROGRAMS, Program, answer_all
from benchmarks.rounds import Figures, interleaved
from benchmarks.table import conditions, results_table
from clinvoker.backends.claude.words import StreamEvent
from clinvoker.dialects.chat_stream import StreamedAnswer
from clinvoker.framing import RecordReader, line_of
from clinvoker.model import TextDelta
from clinvoker.runs.service import Runs
from clinvoker.settings import Keeping, Limits, Names
from clinvoker.tasks.service import Tasks
from clinvoker.tasks.sessions import Sessions
from clinvoker.testing.backend import MemorySpawner
from clinvoker.web.desk import Desk
from clinvoker.web.settings import WebSettings
from clinvoker.web.site import make_site
from tests.web.stores import memory_store
from tests.web.wire import CHAT, STREAM, Wire

COLUMNS = {"us": "µs"}
REPEATS = 7
HEAD = b"%b HTTP/1.1\r\nHost: localhost:8080\r\nAuthorization: Bearer x\r\nUser-Agent: x\r\n"
WRONG = b'{"model": "claude", "messages": 1}'
BODY = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(WRONG), WRONG)
REQUESTS = {
    "GET models": HEAD % b"GET /openai/v1/models" + b"\r\n",
    "GET health": HEAD % b"GET /health" + b"\r\n",
    "GET of no route": HEAD % b"GET /none" + b"\r\n",
    "POST chat, refused": HEAD % f"POST {CHAT}".encode() + BODY,
}


class House:
    """The daemon's inside before a program in memory."""

    def __init__(self, name: str) -> None:
        clock = Clock()
        self.program: Program = PROGRAMS[name]
        self.spawner = MemorySpawner(clock)
        runs = Runs({name: self.program.backend}, self.spawner, Limits(), Names(), clock, lambda: "id")
        self.wire = Wire(make_site(runs, _desk(runs, clock), WebSettings(), clock, lambda: "id"))

    def drop(self) -> None:
        """Forget what was sent to the client."""
        self.wire.transport.io.seek(0)
        self.wire.transport.io.truncate()


def _desk(runs: Runs, clock: Clock) -> Desk:
    """What the routes need besides: orders, sessions, a store in memory."""
    tasks, store = Tasks(runs, clock, False), memory_store(clock)
    return Desk(tasks, Sessions(tasks, store, clock, lambda: "0" * 32, Keeping()), store)


def least(work: Callable[[], object], times: int) -> Figures:
    """Microseconds of one of so many in the quickest repeat."""
    found = []
    for _ in range(REPEATS):
        began = time.thread_time_ns()
        for _ in range(times):
            work()
        found.append((time.thread_time_ns() - began) / times / 1000)
    return {"us": min(found)}


def lines(program: Program, count: int) -> bytes:
    """So many pieces, as the program writes them."""
    return b"".join(line_of(program.piece(f"hello world, piece {number} ")) for number in range(count))


def alone(count: int = 64) -> Figures:
    """From a line of claude's to the bytes of an event, by the two rooms that do this, and nothing else."""
    reader, answer = RecordReader(StreamEvent), StreamedAnswer("chatcmpl-1", 1, "claude", False)
    data = lines(PROGRAMS["claude"], count)

    def work() -> None:
        records = cast("list[StreamEvent]", reader.feed(data))
        answer.feed([TextDelta(record.event.delta.text) for record in records])

    return {"us": least(work, 100)["us"] / count}


def whole_way(name: str, count: int) -> Figures:
    """From a line to the transport through all rooms, `count` lines in each read."""
    house = House(name)
    house.wire.post(CHAT, {**STREAM, "model": name})
    [child] = house.spawner.children
    answer_all(house.program, child)
    data = lines(house.program, count)
    child.out(data)
    sent = house.wire.take()
    assert sent.count(b"data: ") > count, sent[-1000:]

    def work() -> None:
        child.out(data)
        house.drop()

    return {"us": least(work, 6400 // count)["us"] / count}


def request(data: bytes) -> Figures:
    """A request that needs no program, from its bytes to those of the answer."""
    house = House("claude")

    def work() -> None:
        house.wire.feed(data)
        house.drop()

    work()
    return least(work, 300)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    variants: dict[str, Callable[[], Figures]] = {"line to event, alone": alone}
    for name in PROGRAMS:
        for count in (64, 1):
            variants[f"piece of {name}, {count} in a read"] = partial(whole_way, name, count)
    variants |= {name: partial(request, data) for name, data in REQUESTS.items()}
    print(results_table("in memory", COLUMNS, interleaved(variants, chosen.rounds)))
    print("\n" + conditions())


if __name__ == "__main__":
    main()
