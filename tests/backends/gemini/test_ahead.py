"""Sessions that are loaded ahead of need."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import NotLoggedIn
from clinvoker.model import Tool
from clinvoker.talk import Ended
from tests.backends.gemini.playing import (
    Played,
    answer,
    asking,
    kept,
    lines,
    made,
    sends,
    session_of,
    update,
)
from tests.backends.gemini.test_kept import answered, files


class AheadTests(SynchronousTestCase):
    """A session that is loaded before anybody asks."""

    def setUp(self) -> None:
        self.talk = made(ahead=True)
        Played(lines("acp-gemini-chat")[:6], self.talk)
        [self.load] = sends(self.talk.receive(update("first", "available_commands_update")), "session/load")

    def loaded(self) -> None:
        """It is loaded."""
        self.assertEqual([], self.talk.receive(answer(self.load, result={})))
        self.assertEqual([], self.talk.receive(update(session_of(self.load), "available_commands_update")))

    def test_taken(self) -> None:
        """A conversation that begins with a question is prompted there at once, with its own model."""
        self.loaded()
        steps = self.talk.begin(1, asking(model="gemini-3.5-flash"))
        [choice], [prompt] = sends(steps, "session/set_model"), sends(steps, "session/prompt")
        self.assertEqual(2, len(steps))
        self.assertEqual([session_of(self.load)] * 2, [session_of(choice), session_of(prompt)])

    def test_same_files(self) -> None:
        """It has the files that would be made for that conversation."""
        talk = made()
        Played(lines("acp-gemini-chat")[:6], talk)
        again = made(ahead=True)
        Played(lines("acp-gemini-chat")[:6], again)
        ahead = again.receive(update("first", "available_commands_update"))
        self.assertEqual(files(talk.begin(1, asking())), files(ahead))

    def test_taken_while_loading(self) -> None:
        """The same before it is loaded; the prompt waits for that."""
        self.assertEqual([], self.talk.begin(1, asking()))
        self.talk.receive(answer(self.load, result={}))
        steps = self.talk.receive(update(session_of(self.load), "available_commands_update"))
        self.assertEqual(1, len(sends(steps, "session/prompt")))

    def test_given_up_while_loading(self) -> None:
        """Who took it may give up."""
        self.talk.begin(1, asking())
        self.assertEqual([], self.talk.interrupt(1))
        self.assertIn(Ended(1), self.talk.receive(answer(self.load, result={})))

    def test_unfit(self) -> None:
        """A conversation with a system text, a past or functions has a session of its own."""
        self.loaded()
        for run, invocation in enumerate(
            (
                asking(("system", "x"), ("user", "y")),
                asking(("user", "x"), ("assistant", "y"), ("user", "z")),
                asking(tools=(Tool("f"),)),
            )
        ):
            talk = made(ahead=True)
            Played(lines("acp-gemini-chat")[:6], talk)
            [blank] = sends(talk.receive(update("first", "available_commands_update")), "session/load")
            talk.receive(answer(blank, result={}))
            [load] = sends(talk.begin(run + 1, invocation), "session/load")
            self.assertNotEqual(session_of(blank), session_of(load))

    def test_next(self) -> None:
        """The next one is loaded when nothing is under way; a conversation that is kept is not."""
        self.loaded()
        [prompt] = sends(self.talk.begin(1, asking()), "session/prompt")
        steps = answered(self.talk, prompt)
        self.assertEqual([1], kept(steps))
        self.assertEqual(1, len(sends(steps, "session/load")))

    def test_not_while_busy(self) -> None:
        """Not while somebody waits for an answer."""
        self.loaded()
        [prompt] = sends(self.talk.begin(1, asking()), "session/prompt")
        [other] = sends(self.talk.begin(2, asking()), "session/load")
        self.assertEqual([], sends(answered(self.talk, prompt), "session/load"))
        self.talk.receive(answer(other, result={}))

    def test_refused(self) -> None:
        """If it cannot be loaded nobody has failed, and the next run is told why for itself."""
        error = {"code": -32000, "message": "Authentication required"}
        steps = self.talk.receive(answer(self.load, error=error))
        self.assertEqual([], [step for step in steps if isinstance(step, Ended)])
        [load] = sends(self.talk.begin(1, asking()), "session/load")
        [end] = [step for step in self.talk.receive(answer(load, error=error)) if isinstance(step, Ended)]
        self.assertIsInstance(end.error, NotLoggedIn)
