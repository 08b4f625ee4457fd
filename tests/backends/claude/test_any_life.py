"""Whatever a process goes through: after each conversation it is blank, and every run ends once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.claude.past import anchor
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.model import Invocation, Message, Sampling, Text, Tool, ToolCall, Tools
from clinvoker.talk import Broken, Ended, Kept, Over, Parked, Record, Send, Step
from tests.backends.claude.imitated import ImitatedClaude

OFFERED = Tools(offered=(Tool("get_weather"),))
OTHERS = Tools(offered=(Tool("get_time"), Tool("look_up")))
QUESTION = Message("user", (Text("Q"),))
ANSWER = Message("assistant", (Text("A"),))
CALLED = (
    Message("assistant", (), (ToolCall("c", "get_weather", "{}"),)),
    Message("tool", (Text("R"),), call_id="c"),
)
PASTS = (
    (QUESTION,),
    (QUESTION, ANSWER, QUESTION),
    (QUESTION, *CALLED),
    (QUESTION, *CALLED, ANSWER, QUESTION),
)
INVOCATIONS = st.builds(
    Invocation,
    model=st.sampled_from(["", "opus"]),
    messages=st.sampled_from(PASTS).map(lambda past: (Message("system", (Text("S"),)), *past)),
    tools=st.sampled_from([Tools(), OFFERED, OTHERS]),
    sampling=st.sampled_from([Sampling(), Sampling(max_tokens=9), Sampling(effort="low", temperature=0.5)]),
)
WISHES = st.sampled_from(["answer", "blank answer", "fail", "call", "go on", "forget", "interrupt"])


class Life:
    """A talk, the imitated program, and the run that matters now."""

    def __init__(self) -> None:
        self.talk, self.claude, self.steps = ClaudeTalk(), ImitatedClaude(), list[Step]()
        self.run = 0
        self.carry_out(self.talk.start())

    def carry_out(self, steps: Iterable[Step]) -> None:
        """Do it, and whatever follows from it."""
        for step in steps:
            self.steps.append(step)
            if isinstance(step, Send):
                # The greeting is a control request, which the program does not keep.
                self.hear(self.claude.take(step.record))

    def hear(self, records: Iterable[Record]) -> None:
        """The program writes."""
        for record in records:
            self.carry_out(self.talk.receive(record))

    @property
    def at(self) -> Step | None:
        """The last step that says where the run is."""
        said = [
            step
            for step in self.steps
            if isinstance(step, Ended | Kept | Parked | Over) and step.run == self.run
        ]
        return said[-1] if said else None

    def wish(self, wish: str) -> None:
        """Do what was wished, where it can be."""
        held, running = isinstance(self.at, Kept | Parked), self.at is None and self.claude.busy
        if wish == "go on" and held:
            said = (
                Message("tool", (Text("R"),), call_id="toolu_1") if isinstance(self.at, Parked) else QUESTION
            )
            self.run, before = self.run + 1, self.run
            self.carry_out(self.talk.resume(before, self.run, [said]))
        elif wish == "forget" and isinstance(self.at, Kept):
            self.carry_out(self.talk.forget(self.run))
        elif wish == "interrupt" and (running or isinstance(self.at, Parked)):
            self.carry_out(self.talk.interrupt(self.run))
        elif running:
            made = {"answer": "a", "blank answer": " "}
            self.hear(self.claude.answers(made[wish]) if wish in made else self.comes_to(wish))

    def comes_to(self, wish: str) -> list[Record]:
        """Other ends of a turn; a call only where there is a tool."""
        if wish == "call" and "get_weather" in self.claude.tools:
            return self.claude.calls()
        return self.claude.fails()

    def end(self) -> None:
        """Bring the conversation to its end, by which way it may be."""
        for wish in ("interrupt", "forget", "forget"):
            if not isinstance(self.at, Ended):
                self.wish(wish)


class AnyLifeTests(SynchronousTestCase):
    """Random conversations, one after the other."""

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(INVOCATIONS, st.lists(WISHES, max_size=4)), max_size=5))
    def test_blank(self, conversations: list[tuple[Invocation, list[str]]]) -> None:
        """Nothing of a conversation is left but the system text, which the next one replaces."""
        life = Life()
        for invocation, wishes in conversations:
            life.run += 1
            life.carry_out(life.talk.begin(life.run, invocation))
            if life.claude.busy:
                self.assertEqual([tool.name for tool in invocation.tools.offered], life.claude.tools)
            for wish in wishes:
                life.wish(wish)
            life.end()
            self.assertIsInstance(life.at, Ended)
            self.assertTrue(life.talk.open)
            left = (life.claude.said, life.claude.settings, life.claude.servers, life.claude.busy)
            self.assertEqual(([anchor()], {}, set(), False), left)
        self.assertFalse([step for step in life.steps if isinstance(step, Broken)])
        ends = Counter(step.run for step in life.steps if isinstance(step, Ended))
        self.assertLessEqual({*ends.values()}, {1})
