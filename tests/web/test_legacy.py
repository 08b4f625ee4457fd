"""Legacy completions over the wire."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.model import Finished, TextDelta, Usage
from tests.web.test_completions import chunks
from tests.web.wire import House, Reply

COMPLETIONS = "/openai/v1/completions"
END = Finished("stop", Usage(input=3, output=2))


class LegacyTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.wire = self.house.wire()

    def test_prompts(self) -> None:
        """Each prompt has runs of its own; the answer comes when all have ended."""
        self.wire.post(COMPLETIONS, {"model": "claude", "prompt": ["a", "b"], "n": 2})
        runs = self.house.runs.runs
        self.assertEqual(["a", "a", "b", "b"], [run.invocation.messages[0].text for run in runs])
        for number, run in enumerate(runs):
            self.assertEqual(b"", self.wire.take())
            run.hear(TextDelta(f"said {number}"), END)
        choices = Reply(self.wire.take()).json["choices"]
        self.assertEqual([f"said {number}" for number in range(4)], [each["text"] for each in choices])

    def test_stream(self) -> None:
        """Pieces as they come."""
        self.wire.post(COMPLETIONS, {"model": "claude", "prompt": "a", "stream": True})
        self.house.run.hear(TextDelta("b"), END)
        *said, done = chunks(Reply(self.wire.take()).body)
        self.assertEqual((b"[DONE]", "b"), (done, said[0]["choices"][0]["text"]))

    def test_failure(self) -> None:
        """One that fails ends the others."""
        self.wire.post(COMPLETIONS, {"model": "claude", "prompt": ["a", "b"]})
        first, second = self.house.runs.runs
        first.fail(errors.RateLimited("slow"))
        self.assertEqual(429, Reply(self.wire.take()).status)
        self.assertTrue(second.cancelled)

    def test_refused(self) -> None:
        """What cannot be done is refused by name."""
        reply = self.wire.posted({"model": "claude", "prompt": "a", "echo": True}, path=COMPLETIONS)
        self.assertEqual((400, "echo"), (reply.status, reply.json["error"]["param"]))
