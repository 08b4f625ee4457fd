"""The talk with codex."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.interfaces import ITalk
from clinvoker.model import Invocation
from tests.backends.codex.playing import CAPTURES, _invocation, capture
from tests.fuzzing.target import Input
from tests.fuzzing.targets.talks import TalkTarget, short

LONGEST = 36  # lines of a script


class Codex(TalkTarget):
    """Many runs in one process."""

    name = "codex"
    planted = ("clinvoker.backends.codex.talk", "items")

    def scripts(self) -> Sequence[Input]:
        begun: list[Invocation] = []
        scripts = [self._script(path.stem, begun) for path in sorted(CAPTURES.glob("chat-*.ndjson"))]
        self.invocations = begun
        return [short(script, LONGEST) for script in scripts]

    def _script(self, name: str, begun: list[Invocation]) -> Input:
        script: list[Any] = [["talk", {}]]
        for line in capture(name):
            if line.dir == "in":
                script.append(["in", json.dumps(line.msg)])
            elif line.dir == "begin":
                script.append(["begin", len(begun)])
                begun.append(_invocation(line.msg))
            elif line.dir in ("resume", "forget", "interrupt"):
                script.append([line.dir, 0])
        return script

    def talk(self, options: Mapping[str, Any]) -> ITalk:
        return CodexTalk(**options)
