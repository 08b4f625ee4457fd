"""What tests of the native API's routes begin with."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import ClinvokerError
from clinvoker.model import BackendHealth, Finished, Model, TextDelta, Usage
from clinvoker.testing.runs import MemoryRuns
from tests.web.wire import House, Reply

PROMPT = "/api/v1/prompt"
SESSIONS = "/api/v1/sessions"
END = Finished("stop", Usage(input=10, cached=4, output=2))


def ask(**more: Any) -> dict[str, Any]:
    """A prompt's request."""
    return {"backend": "claude", "prompt": "hi", **more}


class NativeHouse(House):
    """Two backends."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        names = ("claude", "codex")
        models = [Model(f"{name}{model}", name) for name in names for model in ("", "/haiku", "/opus")]
        healths = [BackendHealth(name=name, state="ready", path=f"/bin/{name}") for name in names]
        other = MemoryRuns(models, healths)
        self.runs._models, self.runs._health = other._models, other._health


class NativeCase(SynchronousTestCase):
    """A connection to a daemon with two backends."""

    def setUp(self) -> None:
        self.house = NativeHouse()
        self.wire = self.house.wire()

    def post(self, path: str, asked: Any) -> Reply:
        """The answer, which must be whole already."""
        return self.wire.posted(asked, path=path)

    def begin(self, asked: Any, path: str = PROMPT) -> None:
        """Ask, and wait."""
        self.wire.post(path, asked)

    def answer(self, text: str = "yes", run: int = -1) -> None:
        """A run says something and is over."""
        self.house.runs.runs[run].hear(TextDelta(text), END)

    def break_off(self, error: ClinvokerError, run: int = -1) -> None:
        """A run fails."""
        self.house.runs.runs[run].fail(error)

    def reply(self) -> Reply:
        """What came."""
        return Reply(self.wire.take())

    def lines(self) -> list[Any]:
        """What came, if it is whole, as lines."""
        reply = self.reply()
        self.assertEqual("application/x-ndjson", reply.headers["content-type"])
        return [json.loads(line) for line in reply.body.splitlines()]

    def total(self) -> int:
        """How many sessions there are."""
        return int(self.house.wire().get(SESSIONS).json["total"])
