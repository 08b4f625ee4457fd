"""
The contracts, as tests: what every backend and every child process promises, ours or a stranger's.

Each function makes a `TestCase` class; bind it to a name in a test module and trial runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.task import Clock
from twisted.trial.unittest import SkipTest, SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.errors import ClinvokerError
from clinvoker.framing import Record
from clinvoker.interfaces import IAgent, IBackend, ITalk
from clinvoker.model import Finished, Invocation, Message, Text
from clinvoker.talk import Broken, Ended, Heard, Kept, Parked, Ready, Send, Step

SECRET = "--a-prompt-that-nobody-else-may-see"
ASK = Invocation(
    model="",
    messages=(
        Message("system", (Text(SECRET),)),
        Message("user", (Text(SECRET), Text(SECRET))),
        Message("assistant", (Text(SECRET),)),
        Message("user", (Text(SECRET),)),
    ),
)


class BackendContract(SynchronousTestCase):
    """What every backend passes; `make` is given by `backend_tests`."""

    make: Callable[[], IBackend]

    def test_interface(self) -> None:
        """It is a backend, by a name that can be part of a model's."""
        backend = self.make()
        self.assertTrue(verifyObject(IBackend, backend))
        self.assertRegex(backend.name, r"\A[a-z][a-z0-9_-]*\Z")

    def test_launch_is_pure(self) -> None:
        """Equal invocations give equal launches, of the program it names."""
        launch = self.make().launch(ASK)
        self.assertEqual(launch, self.make().launch(ASK))
        self.assertEqual(self.make().program, launch.arguments[0])

    def test_prompts_never_on_argv(self) -> None:
        """Neither the arguments nor the environment nor the key hold a word of the conversation."""
        launch = self.make().launch(ASK)
        self.assertNotIn(SECRET, repr((launch.key, launch.arguments, launch.environment)))

    def test_agent(self) -> None:
        """It makes agents without starting anything."""
        agent = self.make().agent(self.make().launch(ASK).placed(self.mktemp()), Clock())
        self.assertTrue(verifyObject(IAgent, agent))
        self.assertEqual((0, False), (agent.runs, agent.used_up))


class TalkContract(SynchronousTestCase):
    """What every talk passes; `make` and `transcript` are given by `talk_tests`."""

    make: Callable[[], ITalk]
    transcript: Sequence[Record]

    def test_interface(self) -> None:
        """It is a talk with room for a run."""
        talk = self.make()
        self.assertTrue(verifyObject(ITalk, talk))
        self.assertTrue(talk.open and talk.capacity >= 1)

    def test_unknown_records(self) -> None:
        """Words of tomorrow's versions mean nothing, before the start and after it."""
        talk = self.make()
        talk.start()
        for record in ({}, {"type": "tomorrow"}, {"method": "tomorrow", "params": {}}):
            steps = list(talk.receive(record))
            self.assertFalse([step for step in steps if isinstance(step, Heard | Ended | Ready | Broken)])

    def test_whole(self) -> None:
        """A run ends or is kept, once, without error, and its last event is `Finished`."""
        steps = _play(self.make(), self.transcript)
        self.assertEqual([None], _ends(steps))
        events = [step.event for step in steps if isinstance(step, Heard)]
        self.assertIsInstance(events[-1], Finished)
        self.assertEqual(1, sum(isinstance(event, Finished) for event in events))

    def test_cut_anywhere(self) -> None:
        """A self.transcript that stops anywhere is a run that has not ended, never a wrong end."""
        for length in range(len(self.transcript)):
            self.assertIn(_ends(_play(self.make(), self.transcript[:length])), ([], [None]))

    def test_interrupt_after_the_end(self) -> None:
        """A run that has ended, or never was, cannot be interrupted."""
        talk = self.make()
        _play(talk, self.transcript)
        self.assertEqual([], list(talk.interrupt(1)))
        self.assertEqual([], list(talk.interrupt(2)))

    def test_kept(self) -> None:
        """A conversation that is kept cannot be interrupted, and nothing is heard when it is forgotten."""
        talk = self._keeping()
        self.assertEqual([], list(talk.interrupt(1)))
        steps = list(talk.forget(1))
        self.assertFalse([step for step in steps if isinstance(step, Heard | Parked | Kept | Broken)])
        self.assertIn(_ends(steps), ([], [None]))

    def test_kept_goes_on(self) -> None:
        """A conversation that is kept goes on as another run, and that can be interrupted."""
        talk = self._keeping()
        steps = list(talk.resume(1, 2, [Message("user", (Text(SECRET),))]))
        self.assertTrue([step for step in steps if isinstance(step, Send)])
        self.assertEqual([], _ends(steps))
        self.assertEqual([], list(talk.interrupt(1)))
        steps = list(talk.interrupt(2))
        self.assertFalse([step for step in steps if isinstance(step, Heard | Parked | Kept | Broken)])

    def _keeping(self) -> ITalk:
        talk = self.make()
        for length in range(len(self.transcript) + 1):
            if any(isinstance(step, Kept) for step in _play(talk, self.transcript[:length])):
                return talk
            talk = self.make()
        raise SkipTest("It keeps no conversations.")


def backend_tests(make: Callable[[], IBackend]) -> type[BackendContract]:
    """The tests that every backend passes."""
    return type("BackendTests", (BackendContract,), {"make": staticmethod(make)})


def talk_tests(make: Callable[[], ITalk], transcript: Sequence[Record]) -> type[TalkContract]:
    """
    The tests that every talk passes.

    `transcript` is what the program wrote from its start through one successful run, which is begun
    when the talk first says `Ready`.
    """
    return type("TalkTests", (TalkContract,), {"make": staticmethod(make), "transcript": transcript})


def _play(talk: ITalk, records: Sequence[Record]) -> list[Step]:
    steps, begun = list(talk.start()), False
    for record in (None, *records):
        if record is not None:
            steps += talk.receive(record)
        if not begun and any(isinstance(step, Ready) for step in steps):
            begun = True
            steps += talk.begin(1, ASK)
    return steps


def _ends(steps: Sequence[Step]) -> list[ClinvokerError | None]:
    """How the run ended.  One that is kept has ended well, whatever becomes of its conversation."""
    if any(isinstance(step, Kept) for step in steps):
        return [None]
    return [step.error for step in steps if isinstance(step, Ended)]
