"""The talk with the demonstration, and its program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clinvoker.backends.demo.program import Program
from clinvoker.backends.demo.talk import DemoTalk
from clinvoker.interfaces import ITalk
from clinvoker.model import Invocation, Message, Text
from tests.fuzzing.target import Input
from tests.fuzzing.targets.talks import TalkTarget

PROMPTS = ("Hello", "demo: words=3 thoughts=1 pause_ms=5", "demo: words=2 stamp=1 bytes=20")


class Demo(TalkTarget):
    """What is put into the talk; its program is given its prompts as lines of its own."""

    name = "demo"
    planted = ("clinvoker.backends.demo.talk", "_told")

    def scripts(self) -> Sequence[Input]:
        self.invocations = [
            Invocation(model="", messages=(Message("user", (Text(text),)),)) for text in PROMPTS
        ]
        first = [*_answer(1, "all"), ["resume", 0], *_answer(2, "all"), ["forget", 0]]
        other = [["begin", 1], ["begin", 2], ["interrupt", 0], *_answer(2, "all"), *_answer(1, "stopped")]
        start = [["talk", {}], ["in", json.dumps({"type": "ready", "version": "1"})]]
        asks = [{"type": "ask", "run": 1, "messages": [{"role": "user", "text": text}]} for text in PROMPTS]
        return [
            [*start, ["begin", 0], *first],
            [*start, *other],
            [["talk", {}], *(["ask", ask] for ask in asks)],
        ]

    def words(self) -> Sequence[Any]:
        return [*super().words(), *PROMPTS, "words=", "bytes=", "thoughts=9", "\u00b2", "9" * 5000]

    def talk(self, options: Mapping[str, Any]) -> ITalk:
        return DemoTalk()

    def run(self, given: Input) -> bool:
        asked = [told[1] for told in given if told[0] == "ask"]
        told = [told for told in given if told[0] != "ask"]
        return all([*map(_answered, asked)]) and (bool(asked) or super().run(told))

    def _spoil(self, script: list[Any], chance: Any) -> None:
        place = chance.below(len(script))
        if script[place][0] != "ask":
            super()._spoil(script, chance)
            return
        text = self.damage.text(script[place][1]["messages"][0]["text"], chance)
        asked = {**script[place][1], "messages": [{"role": "user", "text": text}]}
        script[place] = ["ask", asked]


def _answer(run: int, reason: str) -> Iterator[list[Any]]:
    for record in (
        {"type": "begun", "run": run},
        {"type": "thought", "run": run, "text": "Hm. "},
        {"type": "word", "run": run, "text": "Yes. "},
        {"type": "done", "run": run, "reason": reason, "asked": 4, "answered": 1},
    ):
        yield ["in", json.dumps(record)]


def _answered(ask: Mapping[str, Any]) -> bool:
    """The program takes a prompt, and begins to answer."""
    program = Program()
    (begun,) = program.receive(ask, 0.0)
    assert begun["type"] == "begun", "it does not begin"
    records = [record for _ in range(4) for record in program.tick(1e9)]
    assert records, "it says nothing"
    return True
