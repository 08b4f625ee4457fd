"""What the talk does where no capture leads."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.launch import KEY_OF_ENVIRONMENT
from clinvoker.backends.codex.talk import CodexTalk
from clinvoker.errors import AgentGarbled, AnswerCut, BackendUnusable, NotLoggedIn, RunError
from clinvoker.model import Finished, Identity, ReasoningDelta, TextDelta, Usage
from clinvoker.talk import Broken, Ended, Heard, Ready, Send
from tests.backends.codex.playing import (
    MADE,
    answer,
    asking,
    begun,
    delta,
    ends,
    events,
    greeted,
    methods,
    note,
    sent,
    turn,
)


class GreetingTests(SynchronousTestCase):
    """Until it is ready."""

    def test_refused(self) -> None:
        """A program that refuses the greeting is of no use."""
        talk = CodexTalk()
        (step,) = talk.receive(answer(talk.start(), error="too old"))
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, BackendUnusable)
        self.assertIn("too old", step.error.message)

    def test_login_unknown(self) -> None:
        """A program that does not tell its login is ready all the same."""
        talk = CodexTalk()
        steps = talk.receive(answer(talk.start(), {"userAgent": "strange"}))
        ready = Ready(Identity(version="unknown", login="unknown"))
        self.assertEqual([ready], talk.receive(answer(steps, error="unknown variant")))

    def test_no_login(self) -> None:
        """Without a login, threads are told to take the key of the environment."""
        (step,) = greeted(login=None).begin(1, asking())
        assert isinstance(step, Send)
        self.assertEqual(KEY_OF_ENVIRONMENT, step.record["params"]["config"])  # type: ignore[index]

    def test_login(self) -> None:
        """With a login, the key of the environment has no part."""
        (step,) = greeted(login="chatgpt").begin(1, asking())
        assert isinstance(step, Send)
        self.assertEqual({}, step.record["params"]["config"])  # type: ignore[index]


class BeginTests(SynchronousTestCase):
    """From the wish to the turn."""

    def test_model(self) -> None:
        """A model is passed on as it is; without one the program takes its own."""
        named, unnamed = greeted().begin(1, asking(model="o9")), greeted().begin(1, asking())
        self.assertEqual("o9", sent(named)[0]["params"]["model"])  # type: ignore[index]
        self.assertNotIn("model", sent(unnamed)[0]["params"])

    def test_no_instructions(self) -> None:
        """The thread is given no instructions but those of the conversation."""
        self.assertEqual("", sent(greeted().begin(1, asking()))[0]["params"]["baseInstructions"])  # type: ignore[index]

    def test_refused(self) -> None:
        """A thread that is refused is a run that failed."""
        talk = greeted()
        steps = talk.receive(answer(talk.begin(1, asking()), error="no"))
        self.assertEqual([RunError], [type(error) for error in ends(steps)])
        self.assertEqual([], methods(steps))

    def test_conversation_refused(self) -> None:
        """A conversation that is refused is a run that failed, and its thread is let go."""
        talk = greeted()
        steps = talk.receive(answer(talk.begin(1, asking()), MADE))
        steps = talk.receive(answer(steps, error="no"))
        self.assertEqual([RunError], [type(error) for error in ends(steps)])
        self.assertEqual(["thread/unsubscribe"], methods(steps))

    def test_used_up(self) -> None:
        """After so many runs that its log has grown large, the process is used up."""
        talk = greeted()
        runs = 0
        while talk.open:
            runs += 1
            talk.begin(runs, asking())
        self.assertEqual(2000, runs)


class TurnTests(SynchronousTestCase):
    """Of a turn under way."""

    def test_whole_answer(self) -> None:
        """An answer that came without pieces is heard at the end."""
        item = {"type": "agentMessage", "text": "whole"}
        steps = begun().receive(turn("completed", "completed", items=[item]))
        self.assertEqual([TextDelta("whole"), Finished("stop", Usage())], events(steps))

    def test_pieces_only_once(self) -> None:
        """What was heard in pieces is not heard again."""
        talk = begun()
        talk.receive(delta("who"))
        item = {"type": "agentMessage", "text": "who"}
        steps = talk.receive(turn("completed", "completed", items=[item]))
        self.assertEqual([Finished("stop", Usage())], events(steps))

    def test_order_of_the_end(self) -> None:
        """The last event, the thread let go, the end."""
        steps = begun().receive(turn("completed", "completed"))
        self.assertEqual([Heard, Send, Ended], [type(step) for step in steps])

    def test_parts_of_a_summary(self) -> None:
        """Parts of a summary of thoughts are paragraphs."""
        talk = begun()
        self.assertEqual([], talk.receive(note("item/reasoning/summaryPartAdded", summaryIndex=0)))
        steps = talk.receive(note("item/reasoning/summaryPartAdded", summaryIndex=1))
        self.assertEqual([ReasoningDelta("\n\n")], events(steps))

    def test_retry_before_the_answer(self) -> None:
        """A retry that nobody can notice is the program's affair."""
        talk = begun()
        self.assertEqual([], talk.receive(note("error", error={"message": "again"}, willRetry=True)))
        self.assertEqual([TextDelta("a")], events(talk.receive(delta("a"))))

    def test_retry_in_the_answer(self) -> None:
        """A retry after the first words would repeat them: the turn is stopped and has failed."""
        talk = begun()
        talk.receive(delta("a"))
        steps = talk.receive(note("error", error={"message": "again"}, willRetry=True))
        self.assertEqual(["turn/interrupt"], methods(steps))
        self.assertEqual([], talk.receive(delta("a", "msg-2")))
        steps = talk.receive(turn("completed", "interrupted"))
        self.assertEqual([AnswerCut], [type(error) for error in ends(steps)])

    def test_stopped_by_others(self) -> None:
        """A turn that was interrupted and not by us is an answer cut short."""
        steps = begun().receive(turn("completed", "interrupted"))
        self.assertEqual([AnswerCut], [type(error) for error in ends(steps)])

    def test_thread_closed(self) -> None:
        """A thread that the program drops in the middle of its turn ends the run."""
        steps = begun().receive(note("thread/closed"))
        self.assertEqual([AnswerCut], [type(error) for error in ends(steps)])

    def test_login_refused(self) -> None:
        """A process whose login was refused takes no further run: a new one may find a better."""
        talk = begun()
        error = {"message": "no", "codexErrorInfo": "unauthorized"}
        steps = talk.receive(turn("completed", "failed", error=error))
        self.assertEqual([NotLoggedIn], [type(error) for error in ends(steps)])
        self.assertFalse(talk.open)

    def test_garbled(self) -> None:
        """A known record of another shape is another protocol, and its words are not repeated."""
        (step,) = begun().receive(note("item/agentMessage/delta", delta=["secret"]))
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, AgentGarbled)
        self.assertNotIn("secret", step.error.message)

    def test_others(self) -> None:
        """Notifications of threads that nobody knows mean nothing."""
        talk = begun()
        self.assertEqual([], talk.receive({"method": "thread/closed", "params": {"threadId": "x"}}))
        self.assertEqual([], talk.receive({"method": "thread/closed", "params": {"threadId": ["x"]}}))


class RequestTests(SynchronousTestCase):
    """What the program asks of us."""

    def test_approval(self) -> None:
        """Leave to act is not given."""
        steps = begun().receive({"id": 7, "method": "item/commandExecution/requestApproval", "params": {}})
        self.assertEqual([Send({"id": 7, "result": {"decision": "decline"}})], steps)

    def test_unknown(self) -> None:
        """Any other request is answered, by an error."""
        (step,) = begun().receive({"id": "x", "method": "item/tool/requestUserInput", "params": {}})
        assert isinstance(step, Send)
        self.assertEqual({"id", "error"}, set(step.record))
        self.assertEqual("x", step.record["id"])


class InterruptTests(SynchronousTestCase):
    """Stopping, at any time."""

    def test_while_the_thread_is_made(self) -> None:
        """The thread is let go as soon as there is one."""
        talk = greeted()
        steps = talk.begin(1, asking())
        self.assertEqual([], talk.interrupt(1))
        steps = talk.receive(answer(steps, MADE))
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps)))

    def test_while_the_conversation_goes_in(self) -> None:
        """No turn is begun."""
        talk = greeted()
        steps = talk.receive(answer(talk.begin(1, asking()), MADE))
        self.assertEqual([], talk.interrupt(1))
        steps = talk.receive(answer(steps, {}))
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps)))

    def test_while_the_turn_is_asked_for(self) -> None:
        """The turn is interrupted when it has begun, not before: the program would refuse it."""
        talk = greeted()
        steps = talk.receive(answer(talk.begin(1, asking()), MADE))
        steps = talk.receive(answer(steps, {}))
        self.assertEqual([], talk.interrupt(1))
        self.assertEqual([], talk.receive(answer(steps, {"turn": {"id": "turn-1"}})))
        self.assertEqual(["turn/interrupt"], methods(talk.receive(turn("started"))))

    def test_refused_when_unwanted(self) -> None:
        """A refusal of what nobody wants any more is no error."""
        talk = greeted()
        steps = talk.begin(1, asking())
        talk.interrupt(1)
        self.assertEqual([None], ends(talk.receive(answer(steps, error="no"))))

    def test_under_way(self) -> None:
        """The turn is interrupted once; nothing is heard; its end is the run's."""
        talk = begun()
        self.assertEqual(["turn/interrupt"], methods(talk.interrupt(1)))
        self.assertEqual([], talk.interrupt(1))
        self.assertEqual([], talk.receive(delta("late")))
        steps = talk.receive(turn("completed", "interrupted"))
        self.assertEqual((["thread/unsubscribe"], [None]), (methods(steps), ends(steps)))

    def test_too_late(self) -> None:
        """A turn that ended by itself in the meantime gives no events to a run that was interrupted."""
        talk = begun()
        talk.interrupt(1)
        steps = talk.receive(turn("completed", "completed"))
        self.assertEqual(([], [None]), (events(steps), ends(steps)))
