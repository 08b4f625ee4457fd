"""
Many paced streams through one daemon: what does the daemon add to each piece of an answer?

    python -m benchmarks.streams [--streams 64] [--words 200] [--pause-ms 20] [--together]

The demonstration program writes the time of writing into each word; the difference to the time
of its arrival is the latency.  The same load straight from the program's pipe, with no daemon
between, is the floor: program, kernel and this measuring program need that much by themselves.

Streams begin one after another, so that their words fall evenly into the pause, as those of
unrelated clients do.  With `--together` all begin at once, and all their words are due at once:
then the last of them waits for all the others.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.real.children import resident
from tests.real.daemon import Daemon
from tests.real.raw import PATH, question

STAMP = re.compile(rb"(1\d{9}\.\d{6}) ")
PROGRAM = "clinvoker.backends.demo.program"


class Load:
    """So many answers of so many words, a pause between two words."""

    def __init__(self, streams: int, words: int, pause_ms: int, together: bool = False) -> None:
        self.streams = streams
        self.words = words
        # An odd number of steps: each stream's words fall between those of the others.
        step = (streams // 4 | 1) / streams
        self.interval = 0.0 if together else pause_ms / 1000 * step
        self.text = f"demo: words={words} pause_ms={pause_ms} stamp=1"

    @property
    def pieces(self) -> int:
        """How many words there are in all."""
        return self.streams * self.words


def latencies(data: bytes, now: float) -> Iterator[float]:
    """Seconds from the writing of each word to now."""
    for stamp in STAMP.findall(data):
        yield now - float(stamp)


def through_daemon(daemon: Daemon, load: Load) -> tuple[list[float], int]:
    """The latency of each word, and how many streams came to their proper end."""
    selector = selectors.DefaultSelector()
    found: list[float] = []
    complete = 0
    due = [time.monotonic() + number * load.interval for number in range(load.streams)]
    while due or selector.get_map():
        if due and due[0] <= time.monotonic():
            due.pop(0)
            selector.register(asking(daemon.port, load.text), selectors.EVENT_READ)
        for key, _ in selector.select(max(0.0, due[0] - time.monotonic()) if due else None):
            assert isinstance(key.fileobj, socket.socket)
            data = key.fileobj.recv(65536)
            found.extend(latencies(data, time.time()))
            if not data or data.endswith(b"\r\n0\r\n\r\n"):
                complete += b"data: [DONE]" in data
                selector.unregister(key.fileobj)
                key.fileobj.close()
    return found, complete


def asking(port: int, text: str) -> socket.socket:
    """A connection on which the streamed request has been sent."""
    body = question("demo", text, stream=True)
    connection = socket.create_connection(("127.0.0.1", port))
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def straight(load: Load) -> list[float]:
    """The latency of each word with nothing between this program and the demonstration."""
    command = [sys.executable, "-m", PROGRAM]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert program.stdin is not None
    assert program.stdout is not None
    order = {"type": "ask", "messages": [{"role": "user", "text": load.text}]}
    due = [time.monotonic() + number * load.interval for number in range(load.streams)]
    found: list[float] = []
    while len(found) < load.pieces:
        if due and due[0] <= time.monotonic():
            due.pop(0)
            program.stdin.write(json.dumps({**order, "run": len(due)}).encode() + b"\n")
            program.stdin.flush()
        pause = max(0.0, due[0] - time.monotonic()) if due else None
        if select.select([program.stdout], [], [], pause)[0]:
            found.extend(latencies(os.read(program.stdout.fileno(), 65536), time.time()))
    program.stdin.close()
    program.wait()
    return found


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors, in its own code and in the kernel."""
    fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def row(name: str, found: list[float]) -> str:
    """One line of the table, in milliseconds."""
    ordered = sorted(found)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.9, 0.99)]
    return name.ljust(24) + "".join(f"{value * 1000:10.2f}" for value in [*at, ordered[-1]])


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--streams", type=int, default=64)
    options.add_argument("--words", type=int, default=200)
    options.add_argument("--pause-ms", type=int, default=20)
    options.add_argument("--together", action="store_true")
    load = Load(**vars(options.parse_args()))
    others = {name: {"enabled": False} for name in ("claude", "codex", "gemini")}
    limits = {"runs": load.streams}
    with Daemon({"backends": {**others, "demo": {"enabled": True}}, "limits": limits}) as daemon:
        through_daemon(daemon, Load(1, 1, 0))
        pid = daemon.process.pid
        before, used = resident(pid), cpu_seconds(pid)
        found, complete = through_daemon(daemon, load)
        after, used = resident(pid), cpu_seconds(pid) - used
    print(f"{complete} of {load.streams} streams complete, {len(found)} of {load.pieces} pieces")
    print(f"daemon: RSS {before / 1024:.1f} MB before, {after / 1024:.1f} MB after;", end=" ")
    print(f"CPU {used:.2f} s, {used / load.pieces * 1e6:.0f} µs per piece")
    print("latency, ms".ljust(24) + "".join(f"{name:>10}" for name in ("p50", "p90", "p99", "most")))
    print(row("through the daemon", found))
    print(row("straight", straight(load)))


if __name__ == "__main__":
    main()
