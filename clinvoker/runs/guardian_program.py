"""
The guardian's own program: it outlives the daemon for a moment and ends what the daemon left.

Run as `python -I -S guardian_program.py DIRECTORY`; standard library only, no other room.  It
reads lines on stdin: "+ PID TOKEN" (a process group and the word in its environment), "- PID",
"k TOKEN" (kill whoever carries the word: grandchildren that made a session of their own).  When
stdin ends, whatever the reason, it kills every group and carrier it was told of and removes
DIRECTORY.
"""

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence


def carriers(tokens: Sequence[bytes]) -> Iterator[int]:
    """The processes whose environment holds one of these words.  Linux only."""
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    environment = file.read()
            except OSError:
                continue
            if any(token in environment for token in tokens):
                yield int(name)


def kill(pid: int) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        os.kill(pid, signal.SIGKILL)


def sweep(tokens: Sequence[bytes]) -> None:
    """Kill all carriers; three times, for those that were just forking."""
    for _ in range(3):
        found = list(carriers(tokens))
        if not found:
            return
        for pid in found:
            kill(pid)


def obey(line: bytes, live: dict[int, bytes]) -> None:
    word, first, *rest = line.split()
    if word == b"+":
        live[int(first)] = rest[0]
    elif word == b"-":
        live.pop(int(first), None)
    elif word == b"k":
        sweep([first])


def lines_of_stdin() -> Iterator[bytes]:
    buffer = b""
    while data := os.read(0, 65536):
        *lines, buffer = (buffer + data).split(b"\n")
        yield from lines


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    live: dict[int, bytes] = {}
    for line in lines_of_stdin():
        obey(line, live)
    for pid in live:
        kill(-pid)
    if live:
        sweep(list(live.values()))
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
