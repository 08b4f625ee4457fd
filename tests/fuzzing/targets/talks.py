"""
Talks: whole conversations with a program that may write anything, and what every talk promises.

An input is a script: a list of [verb, ...].  "in" is a line that the program writes; "begin" a run, of the
invocation of that number; the other verbs are wishes, carried out where a talk may be asked for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clinvoker.framing import RecordReader
from clinvoker.interfaces import IQuickTalk, ITalk
from clinvoker.model import (
    Invocation,
)
from tests.fuzzing.chance import Chance
from tests.fuzzing.target import Input, Target
from tests.fuzzing.targets.lives import READ, Life

WISHES: Sequence[list[Any]] = (
    *(
        ["interrupt", 0],
        ["interrupt", 1],
        ["forget", 0],
        ["resume", 0],
        ["resume", 1],
        ["begin", 0],
        ["begin", 1],
    ),
)


class TalkTarget(Target):
    """The talk of one program.  `invocations` are what scripts begin, `life` is what plays them."""

    invocations: Sequence[Invocation] = ()
    life: type[Life] = Life

    def talk(self, options: Mapping[str, Any]) -> ITalk:
        """A talk at its start."""
        raise NotImplementedError

    def read_seeds(self) -> Sequence[Input]:
        scripts = self.scripts()
        talk = self.talk(scripts[0][0][1])
        reader = RecordReader(talk.quick if IQuickTalk.providedBy(talk) else None)
        for line in {told[1] for script in scripts for told in script if told[0] == "in"}:
            READ[line] = reader.feed(line.encode() + b"\n")
        return scripts

    def scripts(self) -> Sequence[Input]:
        """Good ones."""
        raise NotImplementedError

    def words(self) -> Sequence[Any]:
        return [json.loads(told[1]) for script in self.seeds for told in script if told[0] == "in"]

    def made(self, chance: Chance) -> Input:
        script = [*chance.pick(self.seeds)]
        while True:
            self._spoil(script, chance)
            if chance.below(3):
                return script

    def _spoil(self, script: list[Any], chance: Chance) -> None:
        """Damage a script at one place."""
        if len(script) == 1:
            script.append(chance.pick(WISHES))
            return
        place, roll = 1 + chance.below(len(script) - 1), chance.below(20)
        told = script[place]
        if roll < 11 and told[0] == "in":
            script[place] = ["in", self._line(told[1], chance)]
        elif roll < 14:
            script.insert(place, chance.pick(WISHES))
        elif roll == 14:
            del script[place:]
        elif roll == 15:
            del script[place]
        elif roll == 16:
            script.insert(place, told)
        elif roll == 17:
            script.append(script.pop(place))
        else:
            script.insert(place + 1, chance.pick(chance.pick(self.seeds)[1:]))

    def _line(self, line: str, chance: Chance) -> str:
        if chance.once_in(16):
            return self.damage.text(line, chance)
        try:
            return json.dumps(self.damage.trees(json.loads(line), chance))
        except (ValueError, RecursionError):
            return "[" * 2000

    def run(self, given: Input) -> bool:
        life = self.life(self.talk(given[0][1]), self.invocations)
        for told in given[1:]:
            if life.over:
                return False
            life.tell(told)
        return life.good


def short(script: Input, most: int) -> Input:
    """The script without what comes for the third time in a row, and without what nobody reads."""
    found: list[Any] = []
    for told in script:
        if told[0] == "in":
            told = ["in", json.dumps(_pruned(json.loads(told[1])))]
        if not _kind(told) or {_kind(told)} != {*map(_kind, found[-2:])}:
            found.append(told)
    return found[:most]


def _kind(told: Sequence[Any]) -> tuple[str, ...]:
    """What kind of a piece it is; nothing if it is none."""
    record = json.loads(told[1]) if told[0] == "in" else {}
    kind = str(record.get("type") or record.get("method"))
    if kind not in ("stream_event", "item/agentMessage/delta", "session/update"):
        return ()
    inner = record.get("event") or record["params"].get("update") or {}
    return kind, str(inner.get("type")), str(inner.get("sessionUpdate"))


def _pruned(value: Any) -> Any:
    """Long lists and texts cut."""
    if isinstance(value, dict):
        return {key: _pruned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_pruned(inner) for inner in value[:6]]
    return value[:200] if isinstance(value, str) else value
