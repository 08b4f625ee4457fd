"""What a key has left, in headers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.keys import Standing
from clinvoker.model import Finished, TextDelta, Usage
from clinvoker.web.ratelimits import anthropic_headers, openai_headers
from tests.web.wire import ASK, CHAT, STREAM, House, Reply

STANDING = Standing(
    requests=60, requests_left=59, requests_reset=1.0, tokens=1000, tokens_left=0, tokens_reset=43_261.5
)
END = Finished("stop", Usage(input=3, output=2))


class NameTests(SynchronousTestCase):
    def test_openai(self) -> None:
        """As OpenAI's: limits, what is left, and in what time it is all there."""
        told = dict(openai_headers(STANDING))
        self.assertEqual(
            {
                b"x-ratelimit-limit-requests": b"60",
                b"x-ratelimit-remaining-requests": b"59",
                b"x-ratelimit-reset-requests": b"1s",
                b"x-ratelimit-limit-tokens": b"1000",
                b"x-ratelimit-remaining-tokens": b"0",
                b"x-ratelimit-reset-tokens": b"12h1m2s",
            },
            told,
        )

    def test_anthropic(self) -> None:
        """As Anthropic's, whose times are dates."""
        told = dict(anthropic_headers(STANDING, 1_795_694_400.0))
        self.assertEqual(b"60", told[b"anthropic-ratelimit-requests-limit"])
        self.assertEqual(b"2026-11-26T12:00:01.000000Z", told[b"anthropic-ratelimit-requests-reset"])
        self.assertEqual(6, len(told))

    def test_unbounded(self) -> None:
        """What is not bounded is not told of."""
        self.assertEqual([], [*openai_headers(Standing())])
        names = {name for name, _ in openai_headers(Standing(tokens=5, tokens_left=4))}
        self.assertEqual({b"tokens"}, {name.rpartition(b"-")[2] for name in names})


class AnswerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.house = House()
        self.wire = self.house.wire()

    def test_whole_and_streamed(self) -> None:
        """They are with every answer, as things are when it begins."""
        for asked in (ASK, STREAM):
            self.wire.post(CHAT, asked)
            self.house.runs.left = STANDING
            self.house.run.hear(TextDelta("hi"), END)
            headers = Reply(self.wire.take()).headers
            self.assertEqual("59", headers["x-ratelimit-remaining-requests"])
            self.assertNotIn("anthropic-ratelimit-requests-limit", headers)

    def test_errors(self) -> None:
        """Errors have them too."""
        self.house.runs.left = STANDING
        reply = self.wire.posted(b"{")
        self.assertEqual((400, "1000"), (reply.status, reply.headers["x-ratelimit-limit-tokens"]))

    def test_anthropic(self) -> None:
        """At Anthropic's door both are."""
        self.house.runs.left = STANDING
        headers = self.wire.get("/anthropic/v1/models").headers
        self.assertEqual("60", headers["x-ratelimit-limit-requests"])
        self.assertEqual("59", headers["anthropic-ratelimit-requests-remaining"])

    def test_unbounded(self) -> None:
        """Where nothing is bounded nothing is told."""
        self.assertFalse([name for name in self.wire.get("/health").headers if "ratelimit" in name])
