"""
How long the first words of an answer take, against the same program started for the prompt.

    script/bench first_token [--rounds 7] [NAME ...]

`started` is the program by itself, started for the prompt.  The others go through the daemon: `cold`, in
which it has to start the program too; `warm`, a new conversation in a program that is ready; `continued`, the
next question of a conversation that was just answered.  The provider is imitated and answers at once.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from benchmarks.direct import started_for, ways
from benchmarks.rounds import Figures, Results, interleaved
from benchmarks.table import conditions, results_table
from tests.real.children import wait_for
from tests.real.clis import MISSING, installed
from tests.real.daemon import Daemon
from tests.real.provider import ProviderProcess
from tests.real.raw import Caller
from tests.real.rigs import backends

COLUMNS = {"first": "first words, ms", "ratio": "of `started`"}
PROMPT = "!say one two three"
END = b"\r\n0\r\n\r\n"  # of a chunked answer
BUDGETS = {"claude": 0.15, "codex": 0.30, "gemini": 0.03}

Message = Mapping[str, str]


def first_words(daemon: Daemon, model: str, messages: list[Message]) -> tuple[float, str]:
    """Seconds until the first piece of a streamed answer, and the answer."""
    began = time.monotonic()
    with Caller(daemon.port, model, "", stream=True, messages=messages) as caller:
        got = caller.read_until(b'"content":"one')
        first = time.monotonic() - began
        if not got.endswith(END):
            got += caller.read_to_end()
    assert b"[DONE]" in got, got
    pieces = [json.loads(line[6:]) for line in got.split(b"\n") if line.startswith(b"data: {")]
    return first, "".join(piece["choices"][0]["delta"].get("content") or "" for piece in pieces)


def ask(text: str) -> Message:
    """A question of the user's."""
    return {"role": "user", "content": text}


class Conversations:
    """New conversations through one daemon, and the next questions of each; no two are alike."""

    def __init__(self, daemon: Daemon, model: str) -> None:
        self._daemon = daemon
        self._model = model
        self._count = 0
        self._last: list[Message] = []

    def new(self) -> Figures:
        """The first question of a conversation, when a program is ready for it."""
        wait_for(self._ready, 30, f"a {self._model} is ready")
        self._count += 1
        self._last = [ask(f"conversation {self._count}\n{PROMPT}")]
        return self._asked()

    def next(self) -> Figures:
        """The next question of the conversation before."""
        self._last.append(ask(f"and then?\n{PROMPT}"))
        return self._asked()

    def _asked(self) -> Figures:
        first, answer = first_words(self._daemon, self._model, self._last)
        self._last.append({"role": "assistant", "content": answer})
        return {"first": first * 1000}

    def _ready(self) -> bool:
        [health] = [
            each for each in self._daemon.get("/health")[1]["backends"] if each["name"] == self._model
        ]
        agents = health["agents"]
        holding = agents["holding"] if self._model != "claude" else 0  # that one holds nothing besides
        return bool(agents["blank"] + agents["idle"] + holding)


def cold(settings: Mapping[str, Any], model: str) -> Figures:
    """A daemon whose programs have not been started."""
    with Daemon(settings) as daemon:
        return {"first": first_words(daemon, model, [ask(PROMPT)])[0] * 1000}


def started(stack: ExitStack, url: str, model: str, programs: Mapping[str, str]) -> dict[str, Any]:
    """What is measured of one program, by the name of its row."""
    settings = {"backends": {model: backends(url, dict(programs))[model]}, "log": {"level": "warn"}}
    daemon = stack.enter_context(Daemon(settings))
    first_words(daemon, model, [ask(PROMPT)])  # from now on some are kept ready
    conversations = Conversations(daemon, model)
    way = ways(url, programs)[model]

    def direct() -> Figures:
        return {"first": started_for(way, PROMPT)["first"] * 1000}

    found: dict[str, Callable[[], Figures]] = {
        "started": direct,
        "cold": partial(cold, settings, model),
        "warm": conversations.new,
        "continued": conversations.next,
    }
    return {f"{model} {name}": measure for name, measure in found.items()}


def with_ratios(results: Results) -> Results:
    """The same with the ratio to the program started for the prompt."""
    for name, figures in results.items():
        figures["ratio"] = figures["first"] / results[f"{name.split()[0]} started"]["first"]
    return results


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("names", nargs="*", metavar="NAME", help="claude, codex, gemini; all if none")
    chosen = options.parse_args()
    programs = {name: path for name, path in installed().items() if name in (chosen.names or installed())}
    if not programs:
        raise SystemExit(MISSING)
    for model in programs:
        with ProviderProcess() as provider, ExitStack() as stack:
            measured = interleaved(started(stack, provider.url, model, programs), chosen.rounds)
            print(results_table(f"{model}", COLUMNS, with_ratios(measured)), flush=True)
        print(f"budget: warm {BUDGETS[model]}, continued 0.10\n")
    print(conditions())


if __name__ == "__main__":
    main()
