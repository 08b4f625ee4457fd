"""
Names that stand twice in the JSON of a body.

RFC 8259 leaves open what they mean.  To refuse them takes a second reading of the body, by Python's own
`json`: 8 us for the smallest where the first takes one, 1.4 to 5.6 ms for a megabyte.  So what is promised is
that at every door, and at every depth, the last of them is what counts, in what is checked as in what is
done: a proxy that reads bodies must do the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Invocation
from tests.web.wire import CHAT, House, Reply

# By path, what names the model, and what is asked.
DOORS: Mapping[str, tuple[str, str]] = {
    CHAT: ("model", '"messages": [{"role": "user", "content": "%s"}]'),
    "/openai/v1/completions": ("model", '"prompt": "%s"'),
    "/openai/v1/responses": ("model", '"input": "%s"'),
    "/anthropic/v1/messages": (
        "model",
        '"max_tokens": 5, "messages": [{"role": "user", "content": "%s"}]',
    ),
    "/api/v1/prompt": ("backend", '"prompt": "%s"'),
}


class DuplicateTests(SynchronousTestCase):
    def asked(self, path: str, body: str) -> Invocation:
        house = House()
        house.wire().post(path, body.encode())
        [run] = house.runs.runs
        return run.invocation

    def test_every_door(self) -> None:
        """Of models and of prompts the last counts."""
        for path, (name, asked) in DOORS.items():
            body = f'{{"{name}": "first", {asked % "first"}, {asked % "last"}, "{name}": "claude"}}'
            found = self.asked(path, body)
            self.assertEqual(("claude", "last"), (found.model, found.messages[-1].text), path)

    def test_within(self) -> None:
        """So it is further down, and by other spellings of a name."""
        for path in (CHAT, "/anthropic/v1/messages"):
            message = '{"role": "assistant", "role": "user", "content": "first", "c\\u006fntent": "last"}'
            found = self.asked(path, f'{{"model": "claude", "max_tokens": 5, "messages": [{message}]}}')
            self.assertEqual([("user", "last")], [(each.role, each.text) for each in found.messages])

    def test_kinds(self) -> None:
        """What kind a part is of is said by the last too."""
        part = '{"type": "image_url", "type": "text", "text": "last"}'
        body = f'{{"model": "claude", "messages": [{{"role": "user", "content": [{part}]}}]}}'
        self.assertEqual("last", self.asked(CHAT, body).messages[0].text)

    def test_each_is_checked(self) -> None:
        """Each of them must be what its field takes."""
        reply = House().wire().posted(b'{"model": 1, "model": "claude", "messages": []}')
        self.assertEqual((400, "model"), (reply.status, reply.json["error"]["param"]))

    def test_mcp(self) -> None:
        """The same of the messages of MCP."""
        wire = House().wire()
        body = b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "nothing", "method": "ping"}'
        wire.post("/mcp", body, {"Accept": "application/json, text/event-stream"})
        self.assertEqual({"jsonrpc": "2.0", "id": 2, "result": {}}, json.loads(Reply(wire.take()).body))
