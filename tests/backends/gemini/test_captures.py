"""What the real program wrote, played to a talk: whole and cut off."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import (
    AnswerCut,
    BackendForbidden,
    ContextOverflow,
    NotLoggedIn,
    ProviderFailed,
    ProviderOverloaded,
    ProviderRefused,
    QuotaExhausted,
    RateLimited,
)
from clinvoker.model import Finished, Identity, ReasoningDelta, Started, TextDelta, Usage
from clinvoker.talk import Broken, Ended, Heard, Ready
from tests.backends.gemini.playing import Played, lines, made

NAMES = (
    "acp-gemini-chat",
    "acp-gemini-chat-failures",
    "acp-gemini-chat-interrupted",
    "acp-gemini-chat-no-key",
    "acp-gemini-chat-together",
    "acp-gemini-chat-tools",
)
# Of the runs of acp-gemini-chat-failures, in their order; None: an answer.
FAILURES = (
    *(ProviderRefused, NotLoggedIn, BackendForbidden, ProviderFailed, RateLimited, RateLimited),
    *(QuotaExhausted, ProviderFailed, ProviderOverloaded, AnswerCut, None, ProviderFailed),
    *(ProviderFailed, ProviderFailed, ContextOverflow, None),
)


class WholeTests(SynchronousTestCase):
    """Each capture to its end."""

    def test_same_words(self) -> None:
        """The talk says, record for record, what was said when the capture was made."""
        for name in NAMES:
            played = Played(lines(name))
            for sent, expected in zip(played.sent, played.expected, strict=True):
                self.assertEqual(sent, expected, name)

    def test_ready(self) -> None:
        """The program is ready when a session could be made, and tells version and login."""
        steps = Played(lines("acp-gemini-chat")).steps
        self.assertEqual(steps.count(Ready(Identity(version="0.61.0", login="Gemini API key"))), 1)

    def test_events(self) -> None:
        """Thoughts and text come in order, then the reason and the counts."""
        self.assertEqual(
            Played(lines("acp-gemini-chat")).events(1),
            [
                Started("gemini-2.5-pro"),
                ReasoningDelta("**Plan**\nfirst"),
                TextDelta("hello "),
                TextDelta("there"),
                Finished("stop", Usage(input=9, output=2)),
            ],
        )

    def test_past_is_no_answer(self) -> None:
        """What a loaded session tells again of its past is not heard."""
        played = Played(lines("acp-gemini-chat"))
        answers = ["hello there", "done", "Hello from fake", "Hello from fake"]
        self.assertEqual([played.text(run) for run in (1, 2, 3, 4)], answers)

    def test_nothing_left(self) -> None:
        """When the runs have ended, none of their files is there."""
        for name in NAMES:
            self.assertLessEqual(Played(lines(name)).left, {"work/tmp/empty"}, name)

    def test_failures(self) -> None:
        """Each failure of the provider has its error, and the next run of the process works."""
        ends = Played(lines("acp-gemini-chat-failures")).ends
        got = [type(end.error) if end.error else None for _, end in sorted(ends.items())]
        self.assertEqual(got, list(FAILURES))

    def test_retry_after(self) -> None:
        """The provider's word on when to come back is kept."""
        error = Played(lines("acp-gemini-chat-failures")).ends[6].error
        assert isinstance(error, RateLimited)
        self.assertEqual(error.retry_after, 7.0)

    def test_text_before_a_cut(self) -> None:
        """What came before the answer was cut was delivered, once."""
        self.assertEqual(Played(lines("acp-gemini-chat-failures")).text(10), "a b ")

    def test_together(self) -> None:
        """Runs whose words are mixed in the pipe keep theirs apart."""
        played = Played(lines("acp-gemini-chat-together"))
        for run in range(1, 5):
            self.assertEqual(played.text(run), " ".join(f"r{run - 1}w{k}" for k in range(6)))
            self.assertEqual(played.ends[run], Ended(run))

    def test_interrupted(self) -> None:
        """Runs given up while they answer, load or wait end without an error, others go on."""
        played = Played(lines("acp-gemini-chat-interrupted"))
        self.assertEqual(played.ends, {run: Ended(run) for run in range(1, 5)})
        self.assertEqual([played.text(2), played.text(3), played.text(4)], ["", "", "other"])

    def test_no_key(self) -> None:
        """Without a login the program is of no use, and the error says what to do."""
        broken = Played(lines("acp-gemini-chat-no-key")).steps[-1]
        assert isinstance(broken, Broken)
        self.assertIsInstance(broken.error, NotLoggedIn)
        self.assertIn("GEMINI_API_KEY", broken.error.message)


class CutTests(SynchronousTestCase):
    """Each capture, ended early."""

    def test_cut_off(self) -> None:
        """However early the output ends, runs end at most once and nothing is heard after."""
        for name in NAMES:
            told = lines(name)
            for length in range(len(told)):
                played = Played(told[:length], made())
                over: set[int] = set()
                for step in played.steps:
                    if isinstance(step, Heard | Ended):
                        self.assertNotIn(step.run, over, f"{name}, {length} lines")
                    if isinstance(step, Ended):
                        over.add(step.run)
