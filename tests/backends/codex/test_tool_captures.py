"""Calls of tools as the real program (0.169.0) lived through them."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BadRequest
from clinvoker.model import (
    Event,
    Finished,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from clinvoker.talk import Parked, Step
from tests.backends.codex.playing import capture, ends, events, play, sent

NAMES = ("tools", "tools-cold", "tools-mistaken", "asked")
ONE = Usage(input=100, cached=10, output=7, reasoning=2)  # what each response cost
START = Started("gpt-6.1-sol")


def call(call_id: str, name: str, arguments: str) -> list[Event]:
    """A call as it is heard."""
    return [ToolCallStarted(call_id, name), ToolCallDelta(call_id, arguments)]


def parked(steps: Sequence[Step]) -> list[int]:
    """The runs that were parked, in their order."""
    return [step.run for step in steps if isinstance(step, Parked)]


class ToolCaptureTests(SynchronousTestCase):
    """Whole captures."""

    def test_same_words(self) -> None:
        """The talk writes what was written when the capture was made."""
        for name in NAMES:
            lines = capture(f"chat-{name}")
            expected = [line.msg for line in lines if line.dir == "out"]
            self.assertEqual(expected, sent(play(lines)), name)

    def test_rounds(self) -> None:
        """Two calls at once, one more, the answer: each round is a run with its own usage."""
        steps = play(capture("chat-tools"))
        both = [
            *call("call_A", "hold", '{"a" : 1}'),
            *call("call_B", "get_weather", '{"city":"Z\u00fcrich"}'),
        ]
        finished = Finished("tool_calls", ONE)
        self.assertEqual([START, TextDelta("Let me look."), *both, finished], events(steps, 1))
        self.assertEqual([START, *call("call_C", "hold", '{"a":2}'), finished], events(steps, 2))
        self.assertEqual([START, TextDelta("All done."), Finished("stop", ONE)], events(steps, 3))
        self.assertEqual([1, 2], parked(steps))
        self.assertEqual([[], [], [None]], [ends(steps, run) for run in (1, 2, 3)])

    def test_history(self) -> None:
        """A conversation that ends in results is gone on with; a parked run that is given up ends."""
        steps = play(capture("chat-tools-cold"))
        self.assertEqual(([1], [None]), (parked(steps), ends(steps, 1)))
        self.assertEqual([START, TextDelta("All done."), Finished("stop", ONE)], events(steps, 2))

    def test_mistakes_of_the_model(self) -> None:
        """Of calls that no client can answer the client does not hear; the model does."""
        steps = play(capture("chat-tools-mistaken"))
        finished = Finished("tool_calls", ONE)
        self.assertEqual([START, *call("call_a", "hold", '{"a":1}'), finished], events(steps, 1))
        twice = Usage(input=200, cached=20, output=14, reasoning=4)
        self.assertEqual(Finished("tool_calls", twice), events(steps, 3)[-1])
        self.assertEqual([1, 3], parked(steps))

    def test_names(self) -> None:
        """A tool under another name is heard under its own."""
        heard = events(play(capture("chat-asked")), 3)
        self.assertEqual([START, *call("call_x", "exec_command", '{"n":2}')], heard[:-1])

    def test_refused(self) -> None:
        """A tool that the program does not take is the client's mistake."""
        (error,) = ends(play(capture("chat-asked")), 2)
        assert isinstance(error, BadRequest)
        self.assertEqual("tools[0].function.parameters", error.param)

    def test_structured(self) -> None:
        """Schema and effort go with the turn; the answer is the JSON."""
        steps = play(capture("chat-asked"))
        turn = next(record["params"] for record in sent(steps) if record.get("method") == "turn/start")
        assert isinstance(turn, dict)
        self.assertEqual(("high", "object"), (turn["effort"], turn["outputSchema"]["type"]))
        self.assertEqual([START, TextDelta('{"a":3}'), Finished("stop", ONE)], events(steps, 1))

    def test_cut_anywhere(self) -> None:
        """What is heard is a beginning of what would have been; there is no second end."""
        for name in NAMES:
            lines = capture(f"chat-{name}")
            whole = [events(play(lines), run) for run in range(1, 5)]
            for length in range(len(lines)):
                steps = play(lines[:length])
                for run, expected in enumerate(whole, 1):
                    heard = events(steps, run)
                    self.assertEqual(expected[: len(heard)], heard, name)
                    self.assertLessEqual(len(ends(steps, run)), 1)
