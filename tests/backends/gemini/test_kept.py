"""Sessions that are kept after an answer."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini.conversation import conversation
from clinvoker.backends.gemini.talk import GeminiTalk
from clinvoker.errors import AnswerCut, ProviderFailed, RateLimited
from clinvoker.model import Finished, Image, Message, Started, Text, TextDelta, Tool, Usage
from clinvoker.talk import Ended, Heard, Kept, Record, Remove, Step, Write
from tests.backends.gemini.playing import (
    MODEL,
    Played,
    answer,
    asking,
    ended,
    greeted,
    kept,
    lines,
    made,
    prompted,
    sends,
    session_of,
    update,
)
from tests.backends.gemini.test_conversation import told

PICTURE = Image("image/png", "AA==")
NEXT = told(("user", "and now?"))


def answered(talk: GeminiTalk, prompt: Record, result: dict[str, object] | None = None) -> Sequence[Step]:
    """The program says "yes" to a prompt and ends it."""
    talk.receive(update(session_of(prompt), "agent_message_chunk", "yes"))
    return talk.receive(answer(prompt, result=result or ended()))


def resting() -> tuple[GeminiTalk, object]:
    """A talk whose first run is kept, and its session."""
    talk = greeted()
    prompt = prompted(talk, 1, asking(("system", "Be brief."), ("user", "hi")))
    assert kept(answered(talk, prompt)) == [1]
    return talk, session_of(prompt)


def files(steps: Sequence[Step]) -> dict[str, str]:
    """What was written."""
    return {step.path: step.text for step in steps if isinstance(step, Write)}


class CaptureTests(SynchronousTestCase):
    """The capture of a real program (0.61.0)."""

    def setUp(self) -> None:
        self.played = Played(lines("acp-gemini-chat-kept"), made(ahead=True))

    def test_same_words(self) -> None:
        """The talk writes what was written when the capture was made."""
        self.assertEqual(self.played.expected, self.played.sent)

    def test_runs(self) -> None:
        """Each run hears its own answer; kept are all but a command and one that failed."""
        self.assertEqual([1, 2, 3, 6], kept(self.played.steps))
        said = [self.played.text(run) for run in (1, 2, 3, 4, 5, 6)]
        self.assertEqual(["hello there", "second", "other", "You said: /\nabout", "", "end"], said)
        self.assertIsInstance(self.played.ends[5].error, ProviderFailed)

    def test_usage(self) -> None:
        """Usage is that of the run alone, as the program tells it for each prompt."""
        finished = [self.played.events(run)[-1] for run in (1, 2)]
        expected = [Finished("stop", Usage(input=25, output=count)) for count in (2, 1)]
        self.assertEqual(expected, finished)

    def test_nothing_left(self) -> None:
        """When all are forgotten, only the session that was loaded ahead has files."""
        self.assertEqual(
            {"s5"}, {part for path in self.played.left for part in path.split("/") if part == "s5"}
        )
        self.assertFalse(
            [path for path in self.played.left if "/s5" not in path and path != "work/tmp/empty"]
        )


class KeepingTests(SynchronousTestCase):
    """What is kept."""

    def test_quietly(self) -> None:
        """The files stay, and a late interruption means nothing."""
        talk = greeted()
        steps = answered(talk, prompted(talk, 1, asking()))
        self.assertEqual([Heard(1, Finished("stop", Usage(input=3, output=2))), Kept(1)], steps)
        self.assertEqual([], talk.interrupt(1))

    def test_places(self) -> None:
        """What is kept takes up no place: other runs may begin as before."""
        talk, _ = resting()
        self.assertEqual(greeted().capacity, talk.capacity - 1)
        talk.resume(1, 2, NEXT)
        self.assertEqual(greeted().capacity, talk.capacity)

    def not_kept(self, *messages: Message, result: dict[str, object] | None = None) -> None:
        talk = greeted()
        invocation = asking() if not messages else type(asking())(model="", messages=messages)
        steps = answered(talk, prompted(talk, 1, invocation), result)
        self.assertEqual(Ended(1), steps[-1])

    def test_words_of_ours(self) -> None:
        """Not what was asked in other words than the client's: commands, blanks, `Continue.`"""
        for role, text in (("user", "/about"), ("user", " "), ("assistant", "and")):
            self.not_kept(Message(role, (Text(text),)))  # type: ignore[arg-type]

    def test_not_counted(self) -> None:
        """Not what the program did not count: it may have ended in another way than it says."""
        self.not_kept(result=ended((0, 0)))

    def test_large(self) -> None:
        """Not what is so large that the program would make it shorter before the next question."""
        self.not_kept(result=ended((300_000, 2)))

    def test_functions(self) -> None:
        """Not where functions are offered: such a session can be prompted once."""
        talk = greeted()
        [load] = sends(talk.begin(1, asking(tools=(Tool("f"),))), "session/load")
        self.assertEqual({"jsonrpc", "id", "result"}, set(talk.asked("/token1", _listing()) or ()))
        steps = talk.receive(answer(load, result={}))
        steps = talk.receive(update(session_of(load), "available_commands_update"))
        [prompt] = sends(steps, "session/prompt")
        self.assertEqual(Ended(1), answered(talk, prompt)[-1])

    def test_used_up(self) -> None:
        """Not in a process that takes no more runs: it is to end."""
        talk = greeted(memory=0.5)
        self.assertEqual(Ended(1), answered(talk, prompted(talk, 1, asking()))[-1])

    def test_pictures(self) -> None:
        """A picture before the last text is loaded, and so it is when the conversation goes on."""
        picture = Message("user", (PICTURE, Text("what is it?")))
        self.assertTrue(conversation((picture,)).whole)
        self.assertTrue(conversation((Message("user", (Text("look"), PICTURE)),)).whole)


class ResumeTests(SynchronousTestCase):
    """A kept session goes on."""

    def test_prompted(self) -> None:
        """Nothing is loaded; the new question is the prompt, and its answer is the new run's."""
        talk, session = resting()
        steps = talk.resume(1, 2, NEXT)
        [prompt] = sends(steps, "session/prompt")
        self.assertEqual(1, len(steps))
        self.assertEqual((session, [{"type": "text", "text": "and now?"}]), _asked(prompt))
        heard = talk.receive(update(session, "agent_message_chunk", "yes"))
        self.assertEqual([Heard(2, Started(MODEL)), Heard(2, TextDelta("yes"))], heard)
        self.assertEqual([2], kept(talk.receive(answer(prompt, result=ended()))))

    def test_past_repeated(self) -> None:
        """An answer in the words of the past is an answer."""
        talk = greeted()
        prompt = prompted(talk, 1, asking(("assistant", "old"), ("user", "b")))
        answered(talk, prompt)
        talk.resume(1, 2, NEXT)
        heard = talk.receive(update(session_of(prompt), "agent_message_chunk", "old"))
        self.assertEqual([Heard(2, Started(MODEL)), Heard(2, TextDelta("old"))], heard)

    def test_no_prompt(self) -> None:
        """What cannot be a prompt as it is goes into a new session, with all that was said."""
        told_before = told(("system", "Be brief."), ("user", "hi"), ("assistant", "yes"))
        commands = told(("user", "/about"))
        two = told(("user", "one"), ("user", "two"))
        picture = (Message("user", (PICTURE, Text("what?"))),)
        for messages in (commands, two, picture):
            talk, session = resting()
            steps = talk.resume(1, 2, messages)
            [load] = sends(steps, "session/load")
            written = files(steps)
            whole = conversation((*told_before, *messages))
            chat = whole.chat_file(str(session_of(load)), "/private/work/s2")
            self.assertIn(chat, written.values())
            self.assertIn("Be brief.", written.values())
            self.assertIn(Ended(1), steps)
            self.assertIn(Remove("work/s1"), steps)
            self.assertNotEqual(session, session_of(load))

    def test_often(self) -> None:
        """The model is asked so often in a session, and no more."""
        talk, _ = resting()
        runs = 1
        while kept(answered(talk, sends(talk.resume(runs, runs + 1, NEXT), "session/prompt")[0])):
            runs += 1
        self.assertEqual(11, runs)

    def test_memory(self) -> None:
        """Prompts use up the program's memory too, less than sessions do."""
        talk = greeted(memory=1.0)
        self.assertEqual([1], kept(answered(talk, prompted(talk, 1, asking()))))
        run = 1
        while talk.open:
            answered(talk, sends(talk.resume(run, run + 1, NEXT), "session/prompt")[0])
            run += 1
        self.assertEqual(5, run)

    def test_gone(self) -> None:
        """A session that is gone cannot go on, a failure that another attempt cures."""
        talk, _ = resting()
        talk.forget(1)
        [step] = talk.resume(1, 2, NEXT)
        assert isinstance(step, Ended)
        self.assertIsInstance(step.error, AnswerCut)

    def test_unknown_to_the_program(self) -> None:
        """The same if the program knows it no more."""
        talk, _ = resting()
        [prompt] = sends(talk.resume(1, 2, NEXT), "session/prompt")
        steps = talk.receive(answer(prompt, error={"code": -32603, "message": "Session not found"}))
        [end] = [step for step in steps if isinstance(step, Ended)]
        self.assertIsInstance(end.error, AnswerCut)

    def test_failed(self) -> None:
        """A prompt that fails ends the conversation, as the provider's failure."""
        talk, _ = resting()
        [prompt] = sends(talk.resume(1, 2, NEXT), "session/prompt")
        steps = talk.receive(answer(prompt, error={"code": 429, "message": "x"}))
        [end] = [step for step in steps if isinstance(step, Ended)]
        self.assertEqual((2, RateLimited), (end.run, type(end.error)))
        self.assertIn(Remove("work/s1"), steps)

    def test_interrupted(self) -> None:
        """A run that is given up ends the conversation."""
        talk, session = resting()
        [prompt] = sends(talk.resume(1, 2, NEXT), "session/prompt")
        self.assertEqual([], talk.interrupt(1))
        self.assertEqual(1, len(sends(talk.interrupt(2), "session/cancel")))
        self.assertEqual([], talk.receive(update(session, "agent_message_chunk", "x")))
        steps = talk.receive(answer(prompt, result={"stopReason": "cancelled"}))
        self.assertEqual(Ended(2), steps[-1])

    def test_forgotten(self) -> None:
        """Its files go, and its place is free; one that is gone has ended."""
        talk, _ = resting()
        *removal, end = talk.forget(1)
        self.assertEqual((Ended(1), 3), (end, len(removal)))
        self.assertEqual([Ended(1)], talk.forget(1))


def _listing() -> Record:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def _asked(prompt: Record) -> tuple[object, object]:
    params = prompt["params"]
    assert isinstance(params, dict)
    return params["sessionId"], params["prompt"]
