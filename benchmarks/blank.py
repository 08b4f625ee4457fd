"""
New conversations with the real `claude`: one process that is made blank again after each, against a new
process for each.

    CLINVOKER_TEST_CLIS=.../node_modules python -m benchmarks.blank [--rounds 3] [--used 100] [--new 5]
        [--turns 1]

Each conversation has `--turns` questions, all but the last told as its past, and one answer of an imitated
provider.  Rounds of both alternate.  CPU is the program's own, from its start where it is new; `blank
ms` is from giving a conversation up to being blank.  Memory is measured in one process at the end of each
round, the process of the first round going on.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import count
from pathlib import Path
from shutil import rmtree
from statistics import median

import msgspec

from clinvoker.backends.claude import ClaudeBackend
from clinvoker.model import Invocation, Launch, Message
from clinvoker.talk import Ended, Kept
from tests.real.blank_kinds import said
from tests.real.children import resident
from tests.real.claude_process import ClaudeProcess
from tests.real.clis import MISSING, installed
from tests.real.provider import ProviderProcess

COLUMNS = ("conv/CPU s", "CPU ms", "answer ms", "blank ms", "MB")


class Round(msgspec.Struct):
    """What some conversations took, each."""

    cpu: float
    answer: float
    blank: float
    resident: float

    def cells(self) -> list[float]:
        """As `COLUMNS` has it."""
        return [1 / self.cpu, self.cpu * 1000, self.answer * 1000, self.blank * 1000, self.resident]


class Bench:
    """Conversations of so many turns, at one provider."""

    def __init__(self, url: str, home: Path, turns: int) -> None:
        past: list[Message] = []
        for number in range(turns - 1):
            past += [said("user", f"question {number}"), said("assistant", f"answer {number}")]
        messages = (said("system", "Be brief."), *past, said("user", "!say It is twelve degrees in Oslo."))
        self.asked = Invocation(model="", messages=messages)
        self.launch: Launch = ClaudeBackend().launch(self.asked)
        self._runs = count(1)
        self._url, self._home = url, home

    def process(self, reuse: bool) -> ClaudeProcess:
        """A process that is yet to be started."""
        return ClaudeProcess(installed()["claude"], self._url, self._home, self.launch, reuse=reuse)

    def converse(self, claude: ClaudeProcess) -> tuple[float, float]:
        """One conversation; the seconds until it was answered, and from then until it was given up."""
        run, begun = next(self._runs), time.monotonic()
        claude.carry_out(claude.talk.begin(run, self.asked))
        if not isinstance(claude.rest(run), Kept):
            raise SystemExit(f"claude did not answer: {claude.steps[-3:]}")
        answered = time.monotonic()
        claude.carry_out(claude.talk.forget(run))
        claude.until(lambda step: isinstance(step, Ended) and step.run == run)
        claude.steps.clear()
        return answered - begun, time.monotonic() - answered

    def used(self, claude: ClaudeProcess, conversations: int) -> Round:
        """So many in a process that goes on."""
        before = claude.cpu_seconds()
        times = [self.converse(claude) for _ in range(conversations)]
        if not claude.talk.open:
            raise SystemExit("claude could not be made blank again")
        cpu = (claude.cpu_seconds() - before) / conversations
        return self._round(cpu, times, claude)

    def new(self, conversations: int) -> Round:
        """So many, each in a process of its own; the answer's time has the start in it."""
        cpu, times = 0.0, []
        for _ in range(conversations):
            begun = time.monotonic()
            with self.process(reuse=False) as claude:
                started = time.monotonic() - begun
                answer, _ = self.converse(claude)
                times.append((started + answer, 0.0))
                cpu += claude.cpu_seconds()
                found = self._round(cpu / conversations, times, claude)
        return found

    def _round(self, cpu: float, times: list[tuple[float, float]], claude: ClaudeProcess) -> Round:
        answer, blank = (median(part) for part in zip(*times, strict=True))
        return Round(cpu, answer, blank, resident(claude.process.pid) / 1024)


def row(name: str, rounds: list[Round]) -> str:
    """One line of the table: medians, and the least and the most of the first column."""
    columns = [[cells[index] for cells in map(Round.cells, rounds)] for index in range(len(COLUMNS))]
    first = columns[0]
    return (
        name.ljust(10)
        + "".join(f"{median(column):12.1f}" for column in columns)
        + f"   {min(first):.1f}-{max(first):.1f}"
    )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--used", type=int, default=100, help="conversations of a round in the used process")
    options.add_argument("--new", type=int, default=5, help="new processes of a round")
    options.add_argument("--turns", type=int, default=1)
    chosen = options.parse_args()
    if "claude" not in installed():
        raise SystemExit(MISSING)
    home = Path(tempfile.mkdtemp(prefix="clinvoker-home-"))
    used, new = [], []
    with ProviderProcess() as provider:
        bench = Bench(provider.url, home, chosen.turns)
        with bench.process(reuse=True) as claude:
            for _ in range(chosen.rounds):
                used.append(bench.used(claude, chosen.used))
                new.append(bench.new(chosen.new))
                provider.forget()
    rmtree(home, ignore_errors=True)
    print(" " * 10 + "".join(f"{name:>12}" for name in COLUMNS) + "   range")
    print(row("used", used))
    print(row("new", new))
    ratio = median(found.cpu for found in new) / median(found.cpu for found in used)
    memory = ", ".join(f"{found.resident:.0f}" for found in used)
    print(f"{ratio:.1f} times as many for the same CPU; MB after each round of {chosen.used}: {memory}")


if __name__ == "__main__":
    main()
