"""The talk with gemini."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from clinvoker.backends.gemini.talk import GeminiTalk
from clinvoker.interfaces import ITalk
from clinvoker.model import Invocation, Message, Text
from tests.backends.gemini.playing import CAPTURES, captured, lines, made
from tests.fuzzing.target import Input
from tests.fuzzing.targets.lives import Life
from tests.fuzzing.targets.talks import TalkTarget, short

LONGEST = 20  # lines of a script


class WithAddresses(Life):
    """Its program asks at addresses, too."""

    def also(self, told: Sequence[Any]) -> None:
        talk = self._talk
        assert isinstance(talk, GeminiTalk)
        try:
            answer = talk.asked(told[1], msgspec.json.decode(told[2], type=dict))
        except (KeyError, ValueError, RecursionError):
            return  # there is no such address, or its listener does not read that
        assert answer is None or json.dumps(answer), "no answer"


class Gemini(TalkTarget):
    """Many sessions in one process, some loaded ahead."""

    name = "gemini"
    life = WithAddresses
    planted = ("clinvoker.backends.gemini.session", "outcome")

    def scripts(self) -> Sequence[Input]:
        begun: list[Invocation] = []
        scripts = [
            self._script(path.stem, begun) for path in sorted(CAPTURES.glob("acp-gemini-chat*.ndjson"))
        ]
        self.invocations = begun
        ahead = [[["talk", {"ahead": True}], *script[1:]] for script in scripts[:2]]
        return [short(script, LONGEST) for script in (*scripts, *ahead)]

    def _script(self, name: str, begun: list[Invocation]) -> Input:
        script: list[Any] = [["talk", {}]]
        for line in lines(name):
            if "begin" in line:
                script.append(["begin", len(begun)])
                begun.append(_asked(line))
            elif line.get("dir") == "in":
                script.append(["in", json.dumps(line["msg"])])
            elif line.get("dir") == "mcp":
                script.append(["also", line["path"], json.dumps(line["msg"])])
            else:
                script += [[verb, 0] for verb in ("resume", "forget", "interrupt") if verb in line]
        return script

    def _spoil(self, script: list[Any], chance: Any) -> None:
        place = chance.below(len(script))
        if script[place][0] == "also":
            line = self._line(script[place][2], chance)
            if line.startswith("{"):  # what else comes there is refused by its listener
                script[place] = [*script[place][:2], line]
        else:
            super()._spoil(script, chance)

    def talk(self, options: Mapping[str, Any]) -> ITalk:
        return made(**options)


def _asked(line: Mapping[str, Any]) -> Invocation:
    if "invocation" in line:
        return captured(line["invocation"])
    said = tuple(Message(role, tuple(map(Text, texts))) for role, texts in line["messages"])
    return Invocation(model=line["model"], messages=said)
