"""The talk lives through what the real program (0.169.0) wrote."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.errors import NotLoggedIn
from clinvoker.model import Finished, Identity, ReasoningDelta, Started, TextDelta, Usage
from clinvoker.talk import Ready
from clinvoker.testing.contract import talk_tests
from tests.backends.codex.playing import capture, ends, events, play, sent, written

CHATS = (
    *("turns", "two-messages", "unknown-tool", "incomplete", "filtered", "unicode"),
    *("interrupt", "interrupt-early", "two-runs", "401"),
)

TalkTests = talk_tests(CodexTalk, written("chat-turns"))


def _words(count: int) -> list[TextDelta]:
    return [TextDelta(" " * bool(number) + f"word{number}") for number in range(count)]


def _text(name: str, run: int = 1) -> str:
    heard = events(play(capture(f"chat-{name}")), run)
    return "".join(event.text for event in heard if isinstance(event, TextDelta))


class CaptureTests(SynchronousTestCase):
    """Whole captures."""

    def test_same_words(self) -> None:
        """The talk writes what was written when the capture was made."""
        for name in CHATS:
            lines = capture(f"chat-{name}")
            expected = [line.msg for line in lines if line.dir == "out"]
            self.assertEqual(expected, sent(play(lines)), name)

    def test_turns(self) -> None:
        """Thoughts, answer and usage of a conversation of many turns."""
        steps = play(capture("chat-turns"))
        thoughts = [ReasoningDelta(text) for text in ("thinking", " about", " it")]
        usage = Usage(input=677, cached=338, output=12, reasoning=7)
        expected = [Started("gpt-6.1-sol"), *thoughts, *_words(5), Finished("stop", usage)]
        self.assertEqual(expected, events(steps))
        self.assertEqual([None], ends(steps))

    def test_identity(self) -> None:
        """Version and login are known when it is ready."""
        steps = play(capture("chat-turns"))
        expected = Ready(Identity(version="0.169.0", login="logged in with an API key"))
        self.assertIn(expected, steps)

    def test_two_messages(self) -> None:
        """A second message of one answer is a paragraph of its own."""
        self.assertEqual("Let me see.\n\nHello from the fake provider.", _text("two-messages"))

    def test_unknown_tool(self) -> None:
        """A tool that the model made up is refused by the program, and the answer goes on."""
        self.assertEqual("tool result: unsupported call: exec_command", _text("unknown-tool"))

    def test_unicode(self) -> None:
        """Pieces of any script arrive as they are."""
        self.assertEqual("h\u00e9llo \u4e16\u754c \U0001f600 e\u0301 \u2028 end", _text("unicode"))

    def test_incomplete(self) -> None:
        """An answer that reached its bound is an answer."""
        finished = Finished("length", Usage(input=404, cached=202, output=3))
        steps = play(capture("chat-incomplete"))
        self.assertEqual([Started("gpt-6.1-sol"), *_words(3), finished], events(steps))
        self.assertEqual([None], ends(steps))

    def test_filtered(self) -> None:
        """So is one that a filter ended; of this one the program tells no usage."""
        steps = play(capture("chat-filtered"))
        self.assertEqual(Finished("content_filter", Usage()), events(steps)[-1])

    def test_interrupt(self) -> None:
        """After an interrupt nothing more is heard, and the run ends without error."""
        steps = play(capture("chat-interrupt"))
        self.assertEqual([Started("gpt-6.1-sol"), *_words(5)], events(steps))
        self.assertEqual([None], ends(steps))

    def test_interrupt_early(self) -> None:
        """A run interrupted before it has a thread never gets a turn."""
        steps = play(capture("chat-interrupt-early"))
        self.assertEqual(([], [None]), (events(steps), ends(steps)))

    def test_two_runs(self) -> None:
        """Runs that go on together do not mix."""
        self.assertEqual("word0 word1 word2 word3 word4 word5", _text("two-runs", 1))
        self.assertEqual("Hello from the fake provider.", _text("two-runs", 2))

    def test_401(self) -> None:
        """A login that the provider refuses is no answer, and the process takes no further run."""
        talk = CodexTalk()
        steps = play(capture("chat-401"), talk)
        self.assertEqual([Started("gpt-5.5")], events(steps))
        self.assertEqual([NotLoggedIn], [type(error) for error in ends(steps)])
        self.assertFalse(talk.open)


class CutTests(SynchronousTestCase):
    """Captures that stop somewhere."""

    def test_cut_anywhere(self) -> None:
        """What is heard is a beginning of what would have been; there is no second end."""
        for name in CHATS:
            lines = capture(f"chat-{name}")
            for run in (1, 2):
                whole = events(play(lines), run)
                for length in range(len(lines)):
                    steps = play(lines[:length])
                    heard = events(steps, run)
                    self.assertEqual(whole[: len(heard)], heard, name)
                    self.assertLessEqual(len(ends(steps, run)), 1)

    def test_retries_of_the_program(self) -> None:
        """In a capture with retries on, no text is ever heard twice."""
        talk, lines = CodexTalk(), capture("app-errors-retry")
        self.assertEqual([], events(play(lines, talk)))
