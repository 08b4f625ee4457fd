"""The agent's own steps in a chat answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.model import Action, Event, Finished, TextDelta, Usage
from tests.dialects.chats import body

BEGUN = Action(id="1", kind="command", title="ls \ud800", status="started")
DONE = Action(id="1", kind="command", title="ls", status="done")
EVENTS: Sequence[Event] = (BEGUN, DONE, TextDelta("two files"), Finished("stop", Usage()))


def answered(actions: bool, stream: bool) -> str:
    """All bytes of an answer of `EVENTS`."""
    asked = OpenAIChat().parse(
        body(stream=stream, clinvoker={"mode": "agent", "workdir": "/srv", "actions": actions})
    )
    renderer = OpenAIChat().renderer(asked, "1", 0)
    return b"".join(renderer.feed([event]) for event in EVENTS).decode()


def deltas(text: str) -> list[dict[str, Any]]:
    """The deltas of a stream."""
    chunks = [json.loads(line[6:]) for line in text.split("\n\n") if line.startswith("data: {")]
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"]]


class ActionTests(SynchronousTestCase):
    def test_streamed(self) -> None:
        """Each step is a delta of its own under `clinvoker`, the first after the role."""
        role, begun, done, text, end = deltas(answered(actions=True, stream=True))
        step = {"id": "1", "kind": "command", "title": "ls \ufffd", "status": "started"}
        self.assertEqual({"clinvoker": {"action": step}}, begun)
        self.assertEqual("done", done["clinvoker"]["action"]["status"])
        self.assertEqual(("assistant", "two files", {}), (role["role"], text["content"], end))

    def test_unasked(self) -> None:
        """Who did not ask for them sees none, and no byte because of them."""
        for stream in (True, False):
            self.assertNotIn("clinvoker", answered(actions=False, stream=stream))
        self.assertEqual(3, len(deltas(answered(actions=False, stream=True))))

    def test_whole(self) -> None:
        """A whole answer lists them in its message."""
        [choice] = json.loads(answered(actions=True, stream=False))["choices"]
        actions = choice["message"]["clinvoker"]["actions"]
        self.assertEqual(
            [("ls \ufffd", "started"), ("ls", "done")], [(a["title"], a["status"]) for a in actions]
        )
        self.assertEqual("two files", choice["message"]["content"])
