"""The talk lives through what the real program (2.1.330) wrote."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.model import Finished, Identity, ReasoningDelta, Started, TextDelta, Usage
from clinvoker.talk import Ended, Kept, Over, Parked, Ready
from clinvoker.testing.contract import talk_tests
from tests.backends.claude.playing import capture, ends, events, names, play, sent, text, written

TalkTests = talk_tests(ClaudeTalk, written("history"))

FAILURES = {
    "error-400": errors.ProviderRefused,
    "error-401": errors.NotLoggedIn,
    "error-403": errors.BackendForbidden,
    "error-404": errors.UnknownModel,
    "error-413": errors.ContextOverflow,
    "error-429": errors.RateLimited,
    "error-429-after-2": errors.RateLimited,
    "error-429-after-120": errors.RateLimited,
    "error-500": errors.ProviderFailed,
    "error-503": errors.ProviderOverloaded,
    "error-529": errors.ProviderOverloaded,
    "not-logged-in": errors.NotLoggedIn,
    "unreachable": errors.ProviderUnreachable,
    "malformed": errors.ProviderFailed,
    "cut": errors.AnswerCut,
    "overloaded-midway": errors.AnswerCut,
    "refused-at-once": errors.ContentRefused,
}


class CaptureTests(SynchronousTestCase):
    """Whole captures."""

    def test_same_words(self) -> None:
        """The talk writes what was written when the capture was made."""
        for name in names():
            lines = capture(name)
            expected = [line.msg for line in lines if line.dir == "out"]
            self.assertEqual(expected, sent(play(lines)), name)

    def test_turns(self) -> None:
        """Answer and usage of a conversation of many turns."""
        steps = play(capture("turns"))
        words = [TextDelta(word) for word in ("Hello ", "from ", "Claude")]
        finished = Finished("stop", Usage(input=125, cached=100, output=5))
        self.assertEqual([Started("claude-sonnet-5-5"), *words, finished], events(steps))
        self.assertEqual([None], ends(steps))

    def test_identity(self) -> None:
        """Version and login are known when it is ready."""
        expected = Ready(Identity(version="2.1.330", login="API key from ANTHROPIC_API_KEY"))
        self.assertIn(expected, play(capture("turns")))
        self.assertIn(
            Ready(Identity(version="2.1.330", login="not logged in")), play(capture("not-logged-in"))
        )

    def test_thinking(self) -> None:
        """Thoughts are told apart from the answer."""
        steps = play(capture("thinking"))
        thoughts = [ReasoningDelta(f"thought{number} ") for number in range(3)]
        self.assertEqual(thoughts, [event for event in events(steps) if isinstance(event, ReasoningDelta)])
        self.assertEqual("yes", text(steps))

    def test_limits(self) -> None:
        """An answer that the program would go on with, or ask for again, ends where the provider ended it."""
        for name, reason in (("max-tokens", "length"), ("refused", "content_filter")):
            steps = play(capture(name))
            self.assertEqual("alpha bravo charlie delta echo", text(steps))
            self.assertEqual(Finished(reason, Usage(input=25, output=5)), events(steps)[-1])
            self.assertEqual([None], ends(steps))

    def test_interrupted(self) -> None:
        """A turn that was stopped, or that had not begun, ends without a word more."""
        for name in ("interrupted", "interrupted-early"):
            steps = play(capture(name))
            self.assertEqual("", text(steps))
            self.assertEqual([None], ends(steps))

    def test_reused(self) -> None:
        """One process has conversations that go on, are interrupted, refused, left at a call, and another."""
        steps = [step for step in play(capture("reused")) if isinstance(step, Kept | Over | Ended | Parked)]
        numbers = [(type(step), step.run) for step in steps]
        expected = [
            *((Kept, 1), (Kept, 2), (Ended, 2), (Over, 3), (Ended, 3), (Over, 4), (Ended, 4)),
            *((Parked, 5), (Over, 5), (Ended, 5), (Kept, 6)),
        ]
        self.assertEqual(expected, numbers)
        words = [event.text for event in events(play(capture("reused"))) if isinstance(event, TextDelta)]
        self.assertEqual(["one", "two", "three"], [words[0], words[1], words[-1]])

    def test_rehearsed(self) -> None:
        """The real program can be made blank."""
        steps = play(capture("rehearsed"))
        self.assertEqual([""], [step.identity.note for step in steps if isinstance(step, Ready)])

    def test_failures(self) -> None:
        """Each failure ends the run as itself, and is never said as an answer."""
        for name, kind in FAILURES.items():
            steps = play(capture(name))
            self.assertEqual([kind], [type(error) for error in ends(steps)], name)
            self.assertNotRegex(text(steps), "API|error|fake|log", name)
            self.assertFalse([event for event in events(steps) if isinstance(event, Finished)], name)

    def test_retry_after(self) -> None:
        """What the provider asked to wait is passed on, as far as the program tells it."""
        waits = {"error-429": None, "error-429-after-2": 3.0, "error-429-after-120": None}
        for name, seconds in waits.items():
            [error] = ends(play(capture(name)))
            assert isinstance(error, errors.RateLimited)
            self.assertEqual(seconds, error.retry_after)

    def test_cut_off(self) -> None:
        """Wherever the records stop, nothing is heard that the whole does not say."""
        for name in names():
            lines = capture(name)
            heard = events(play(lines))
            for length in range(len(lines)):
                part = events(play(lines[:length]))
                self.assertEqual(heard[: len(part)], part, name)
