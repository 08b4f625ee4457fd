"""
The demonstration program gone bad: `python -I -S rogue.py ... PROGRAM`, the last being the good one's path.

It answers as that does, but for a message `rogue: KIND`, which has it do one of `KINDS` instead.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BLOCK = b"x" * 65536
kept: list[int] = []  # descriptors


def word(run: int) -> bytes:
    """A record of an answer."""
    return json.dumps({"type": "word", "run": run, "text": "la " * 300}).encode() + b"\n"


def for_ever(file: int, data: bytes) -> None:
    """Write it again and again, whether there is room or not."""
    while True:
        try:
            os.write(file, data)
        except OSError:
            time.sleep(0.01)


def fill(run: int) -> None:
    """Take all room there is."""
    for_ever(os.open("ballast", os.O_CREAT | os.O_WRONLY), BLOCK)


def scatter(run: int) -> None:
    """Make a file, and another, in folders within folders."""
    number = 0
    while True:
        with contextlib.suppress(OSError):
            os.makedirs(f"{number % 7}/{number % 11}/{number % 13}", exist_ok=True)
            os.close(os.open(f"{number % 7}/{number % 11}/{number % 13}/{number}", os.O_CREAT | os.O_WRONLY))
        number += 1
        if number % 100 == 0:
            time.sleep(0.01)


def hang(run: int) -> None:
    """Hear no signal that can be not heard, and do nothing."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(1000)


def freeze(run: int) -> None:
    """Stop as a shell stops a program."""
    os.kill(os.getpid(), signal.SIGSTOP)


def shut(run: int) -> None:
    """Say nothing ever more, and live."""
    os.close(1)
    os.close(2)
    hang(run)


def leave(run: int) -> None:
    """Have children that hold all pipes, in sessions of their own, and die."""
    for _ in range(10):
        subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True)
    os._exit(1)


def leak(run: int) -> None:
    """Open files until there are no more descriptors, and answer nevertheless."""
    with contextlib.suppress(OSError):
        while len(kept) < 100_000:
            kept.append(os.open("/dev/null", os.O_RDONLY))


KINDS: dict[str, Callable[[int], None]] = {
    "fill": fill,
    "scatter": scatter,
    "complain": lambda run: for_ever(2, b"What is this?\n" * 1000),
    "babble": lambda run: for_ever(1, b"Please read the manual.\n" * 1000),
    "line": lambda run: for_ever(1, BLOCK),
    "flood": lambda run: for_ever(1, word(run)),
    "strangers": lambda run: for_ever(1, word(run + 1000)),
    "hang": hang,
    "freeze": freeze,
    "shut": shut,
    "leave": leave,
    "leak": leak,
}


def installed(folder: Path) -> str:
    """A program below a folder that is to be taken for the demonstration's; gives its path."""
    program = folder / "rogue"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{__file__}" "$@"\n')
    program.chmod(0o755)
    return str(program)


def corrupt(good: Any) -> None:
    """Have the demonstration obey one time too often."""
    receive = good.Program.receive

    def obey(self: Any, record: Any, now: float) -> Any:
        if record["type"] in ("ask", "go"):
            first, _, kind = record["messages"][-1]["text"].partition(": ")
            if first == "rogue":
                KINDS[kind](record["run"])
        return receive(self, record, now)

    good.Program.receive = obey


def main() -> None:
    """Be the program, and not."""
    spec = importlib.util.spec_from_file_location("program", sys.argv[-1])
    assert spec is not None
    assert spec.loader is not None
    good = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(good)
    corrupt(good)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        good.main()


if __name__ == "__main__":
    main()
