"""
The demonstration program: answers about what was asked, word by word, with no model behind it.

Standard library only, no other room: it has to start at once.  One JSON record per line.

In:  {"type": "hello"}
     {"type": "ask", "run": 1, "messages": [{"role": "user", "text": "..."}]}
     {"type": "stop", "run": 1}
     {"type": "go", "run": 2, "after": 1, "messages": [...]}, when run 1 was done with all it had to say
     {"type": "forget", "run": 1}, instead of that
Out: {"type": "ready", "version": "1"}
     {"type": "begun", "run": 1}
     {"type": "thought" | "word", "run": 1, "text": "..."}
     {"type": "done", "run": 1, "reason": "all" | "stopped", "asked": 12, "answered": 34}

A last message that begins with `demo:` holds directives, for tests and benchmarks, such as
`demo: words=100 pause_ms=20 stamp=1`: how many words, the time between two, how many thoughts
before them, bytes of each word, and whether each word is the time (seconds since 1970) of its writing.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import select
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

PAUSE_MS = 30
# What a directive may ask at most.
MOST = {"words": 1_000_000, "pause_ms": 60_000, "thoughts": 1000, "bytes": 100_000, "stamp": 1}
LONGEST_NUMBER = 9  # digits
QUOTED = 200  # characters of the question that the answer repeats
EXPLANATION = """
I am the demonstration backend of clinvoker. I was sent {told}, and these words come back to you
one by one, but no model has thought about them. Install Claude Code, Codex CLI or Gemini CLI,
log in, and ask for the model `claude`, `codex` or `gemini`.
"""


class Answer:
    """One answer under way; `due` is when its next word is, on the monotonic clock."""

    def __init__(self, run: int, messages: list[Mapping[str, str]], now: float) -> None:
        last = messages[-1]["text"]
        self.run = run
        self.messages = messages
        self.said: list[str] = []
        self.due = now
        self.asked = sum(len(message["text"].split()) for message in messages)
        self.answered = 0
        orders = directives(last)
        self.pause = orders.get("pause_ms", PAUSE_MS) / 1000
        self._thoughts = orders.get("thoughts", 0)
        self._words = ordered_words(orders) if orders else spoken_words(messages)

    def next_record(self) -> dict[str, object]:
        """The next record of this answer; the last one is of type "done"."""
        self.due += self.pause
        if self._thoughts > 0:
            self._thoughts -= 1
            return {"type": "thought", "run": self.run, "text": "Hm. "}
        text = next(self._words, None)
        if text is None:
            return self.done("all")
        self.answered += 1
        self.said.append(text)
        return {"type": "word", "run": self.run, "text": text}

    def conversation(self) -> list[Mapping[str, str]]:
        """All that was said, the answer included."""
        return [*self.messages, {"role": "assistant", "text": "".join(self.said)}]

    def done(self, reason: str) -> dict[str, object]:
        counts = {"asked": self.asked, "answered": self.answered}
        return {"type": "done", "run": self.run, "reason": reason, **counts}


def directives(text: str) -> dict[str, int]:
    """What a text beginning with `demo:` orders; nothing for any other text."""
    if not text.startswith("demo:"):
        return {}
    pairs = (word.partition("=") for word in text.removeprefix("demo:").split())
    return {
        name: min(int(value), MOST[name])
        for name, _, value in pairs
        if name in MOST and value.isdecimal() and len(value) <= LONGEST_NUMBER
    }


def ordered_words(orders: Mapping[str, int]) -> Iterator[str]:
    for number in range(1, orders.get("words", 10) + 1):
        word = f"{time.time():.6f} " if orders.get("stamp") else f"word{number} "
        yield word.ljust(orders.get("bytes", 0))


def spoken_words(messages: list[Mapping[str, str]]) -> Iterator[str]:
    asked = messages[-1]["text"].strip()
    quoted = asked[:QUOTED] + ("…" if len(asked) > QUOTED else "")
    roles = ", ".join(message["role"] for message in messages)
    told = "one message" if len(messages) == 1 else f"{len(messages)} messages ({roles})"
    yield f"You asked: “{quoted}”\n\n"
    for word in EXPLANATION.format(told=told).split():
        yield f"{word} "


class Program:
    """The answers under way, in order of when they are due, and the conversations that can go on."""

    def __init__(self) -> None:
        self._answers: dict[int, Answer] = {}
        self._kept: dict[int, list[Mapping[str, str]]] = {}
        self._due: list[tuple[float, int]] = []

    def receive(self, record: Mapping[str, Any], now: float) -> list[dict[str, object]]:
        """Obey one record; gives the records to write."""
        if record["type"] == "hello":
            return [{"type": "ready", "version": "1"}]
        run = record["run"]
        if record["type"] in ("ask", "go"):
            before = self._kept.pop(record["after"]) if record["type"] == "go" else []
            self._answers[run] = Answer(run, [*before, *record["messages"]], now)
            heapq.heappush(self._due, (now, run))
            return [{"type": "begun", "run": run}]
        if record["type"] == "forget":
            self._kept.pop(run, None)
            return []
        answer = self._answers.pop(run, None)
        return [answer.done("stopped")] if answer else []

    def wait(self, now: float) -> float | None:
        """Seconds until something is due; None if nothing is."""
        return max(0.0, self._due[0][0] - now) if self._due else None

    def tick(self, now: float) -> list[dict[str, object]]:
        """One record of each answer that is due."""
        records = []
        while self._due and self._due[0][0] <= now:
            _, run = heapq.heappop(self._due)
            answer = self._answers.get(run)
            if answer is None:  # it was stopped
                continue
            records.append(answer.next_record())
            if records[-1]["type"] == "done":
                self._kept[run] = self._answers.pop(run).conversation()
            else:
                # Not earlier than now: without a pause, one answer must not hold up the others.
                heapq.heappush(self._due, (max(answer.due, now + 1e-6), run))
        return records


def write(records: list[dict[str, object]]) -> None:
    if records:
        sys.stdout.write("".join(json.dumps(record) + "\n" for record in records))
        sys.stdout.flush()


def main() -> None:
    """Serve stdin until it ends."""
    program, buffer = Program(), b""
    while True:
        readable, _, _ = select.select([0], [], [], program.wait(time.monotonic()))
        if readable:
            data = os.read(0, 65536)
            if not data:
                return
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                write(program.receive(json.loads(line), time.monotonic()))
        write(program.tick(time.monotonic()))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):  # whoever asked has gone
        main()
