"""The words of the demonstration program, and what every backend promises."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.demo import Demo
from clinvoker.backends.demo.talk import MEANINGS, DemoTalk
from clinvoker.errors import AgentGarbled
from clinvoker.model import (
    Finished,
    Identity,
    Invocation,
    Message,
    ReasoningDelta,
    Started,
    Text,
    TextDelta,
    Usage,
)
from clinvoker.talk import Ended, Heard, Kept, Ready, Send, Step
from clinvoker.testing.contract import backend_tests, talk_tests

ASK = Invocation(
    model="", messages=(Message("system", (Text("Be brief."),)), Message("user", (Text("Hi"), Text(" you"))))
)
READY = {"type": "ready", "version": "1"}
ANSWER = [
    {"type": "begun", "run": 1},
    {"type": "thought", "run": 1, "text": "Hm. "},
    {"type": "word", "run": 1, "text": "Yes. "},
    {"type": "done", "run": 1, "reason": "all", "asked": 4, "answered": 1},
]

DemoBackendTests = backend_tests(Demo)
DemoTalkTests = talk_tests(DemoTalk, [READY, *ANSWER])


class TalkTests(SynchronousTestCase):
    """Records to events."""

    def setUp(self) -> None:
        self.talk = DemoTalk()

    def test_greeting(self) -> None:
        """It is ready when the program has said so."""
        self.assertEqual([Send({"type": "hello"})], self.talk.start())
        self.assertEqual([Ready(Identity(version="1", login="needs none"))], self.talk.receive(READY))

    def test_ask(self) -> None:
        """The program gets every message with its role."""
        messages = [{"role": "system", "text": "Be brief."}, {"role": "user", "text": "Hi you"}]
        self.assertEqual([Send({"type": "ask", "run": 3, "messages": messages})], self.talk.begin(3, ASK))

    def test_answer(self) -> None:
        """The events of an answer, in order."""
        self.talk.begin(1, ASK)
        steps = [step for record in ANSWER for step in self.talk.receive(record)]
        expected = [
            Heard(1, Started("demo")),
            Heard(1, ReasoningDelta("Hm. ")),
            Heard(1, TextDelta("Yes. ")),
            Heard(1, Finished("stop", Usage(input=4, output=1))),
            Kept(1),
        ]
        self.assertEqual(expected, steps)

    def test_goes_on(self) -> None:
        """A conversation that is kept goes on with what is new, or is forgotten."""
        messages = [{"role": "user", "text": "Why?"}]
        go = {"type": "go", "run": 2, "after": 1, "messages": messages}
        self.assertEqual([Send(go)], self.talk.resume(1, 2, [Message("user", (Text("Why?"),))]))
        self.assertEqual([Send({"type": "forget", "run": 1}), Ended(1)], self.talk.forget(1))

    def test_stopped(self) -> None:
        """An interrupted answer ends without being finished."""
        self.talk.begin(2, ASK)
        self.assertEqual([Send({"type": "stop", "run": 2})], self.talk.interrupt(2))
        self.assertEqual([Ended(2)], self.talk.receive({"type": "done", "run": 2, "reason": "stopped"}))

    def test_too_late_to_stop(self) -> None:
        """Nothing is heard of an answer after its interruption, though it was whole; and it is forgotten."""
        self.talk.begin(1, ASK)
        self.assertEqual(1, len(self.talk.interrupt(1)))
        self.assertEqual([], self.talk.interrupt(1))
        steps = [step for record in ANSWER for step in self.talk.receive(record)]
        self.assertEqual([Send({"type": "forget", "run": 1}), Ended(1)], steps)
        self.assertEqual([], self.talk.receive(ANSWER[-1]))

    def test_stopped_by_itself(self) -> None:
        """An answer that nobody interrupted, and that is not whole, has failed."""
        self.talk.begin(1, ASK)
        (step,) = self.talk.receive({"type": "done", "run": 1, "reason": "stopped"})
        assert isinstance(step, Ended)
        self.assertIsInstance(step.error, AgentGarbled)

    def test_odd_numbers(self) -> None:
        """What is no number of a run is none, though Python calls it equal to one; and counts are counts."""
        self.talk.begin(1, ASK)
        self.assertEqual([], self.talk.receive({**ANSWER[-1], "run": True}))
        for asked, answered in ((True, -4), (2**60, 1.5)):
            self.talk.begin(1, ASK)
            (heard, _) = self.talk.receive({**ANSWER[-1], "asked": asked, "answered": answered})
            self.assertEqual(Heard(1, Finished("stop", Usage())), heard)

    @given(
        st.dictionaries(
            st.sampled_from(["type", "run", "text", "reason", "asked", "version"]),
            st.sampled_from([*MEANINGS, "ready", "all"]) | st.integers(0, 2) | st.none() | st.just([]),
        )
    )
    def test_anything(self, record: dict[str, object]) -> None:
        """Any record is answered by steps."""
        talk = DemoTalk()
        talk.begin(1, ASK)
        for step in talk.receive(record):
            self.assertIsInstance(step, Step)
