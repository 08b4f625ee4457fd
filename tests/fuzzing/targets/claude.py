"""The talk with claude."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.interfaces import ITalk
from clinvoker.model import Invocation
from tests.backends.claude.playing import _invocation, capture, names
from tests.fuzzing.target import Input
from tests.fuzzing.targets.talks import TalkTarget, short

LONGEST = 36  # lines of a script
WISHES = {"resume": "resume", "go on": "resume", "interrupt": "interrupt", "forget": "forget"}


class Claude(TalkTarget):
    """One process after the other, blank in between or not."""

    name = "claude"
    planted = ("clinvoker.backends.claude.talk", "added")

    def scripts(self) -> Sequence[Input]:
        begun: list[Invocation] = []
        scripts = [self._script(name, begun) for name in names()]
        self.invocations = begun
        return [short(script, LONGEST) for script in scripts]

    def _script(self, name: str, begun: list[Invocation]) -> Input:
        lines = capture(name)
        options: dict[str, Any] = {"reuse": False}
        if lines[0].dir == "reuse":
            options = {"reuse": True, "rehearse": bool(lines[0].msg["rehearse"])}
        elif lines[0].dir == "schema":
            options["schema"] = lines[0].msg
        script: list[Any] = [["talk", options]]
        for line in lines:
            if line.dir == "in":
                script.append(["in", json.dumps(line.msg)])
            elif line.dir == "begin":
                script.append(["begin", len(begun)])
                begun.append(_invocation(line.msg))
            elif line.dir in WISHES:
                script.append([WISHES[line.dir], 0])
        return script

    def talk(self, options: Mapping[str, Any]) -> ITalk:
        return ClaudeTalk(**options)
