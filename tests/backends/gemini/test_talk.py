"""What the talk does where no capture leads."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import BackendUnusable, NotLoggedIn
from clinvoker.model import Event, Finished, ReasoningDelta, Started, TextDelta, Usage
from clinvoker.talk import Broken, Ended, Heard, Remove, Send, Write
from tests.backends.gemini.playing import (
    MODEL,
    answer,
    asking,
    ended,
    greeted,
    lines,
    made,
    prompted,
    sends,
    session_of,
    update,
)


class GreetingTests(SynchronousTestCase):
    """Until it is ready."""

    def test_other_protocol(self) -> None:
        """A program of another version of the protocol is of no use."""
        talk = made()
        [greeting] = sends(talk.start(), "initialize")
        [step] = talk.receive(answer(greeting, result={"protocolVersion": 2}))
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, BackendUnusable)

    def test_login_missing(self) -> None:
        """Where the login is known to be missing, the program is not asked to try."""
        talk = made(method="")
        [greeting] = sends(talk.start(), "initialize")
        [step] = talk.receive(answer(greeting, result={"protocolVersion": 1}))
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, NotLoggedIn)

    def test_login_refused(self) -> None:
        """A login the program does not accept is the owner's to mend."""
        talk = made()
        [greeting] = sends(talk.start(), "initialize")
        [asked] = sends(talk.receive(answer(greeting, result={"protocolVersion": 1})), "authenticate")
        [step] = talk.receive(answer(asked, error={"code": -32000, "message": "expired"}))
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, NotLoggedIn)
        self.assertIn("expired", step.error.message)


class LoadingTests(SynchronousTestCase):
    """From the wish to the prompt."""

    def test_one_at_a_time(self) -> None:
        """A second session is loaded when the first is, and its files are written only then."""
        talk = greeted()
        [first] = sends(talk.begin(1, asking()), "session/load")
        self.assertEqual(talk.begin(2, asking()), [])
        steps = talk.receive(answer(first, result={}))
        [second] = sends(steps, "session/load")
        self.assertNotEqual(session_of(first), session_of(second))
        load = next(n for n, step in enumerate(steps) if isinstance(step, Send) and step.record is second)
        self.assertTrue(any(isinstance(step, Write) for step in steps[:load]))

    def test_waits_for_the_past(self) -> None:
        """A prompt is sent when the session has told its past, not before."""
        talk = greeted()
        [load] = sends(talk.begin(1, asking(("assistant", "a"), ("user", "b"))), "session/load")
        self.assertEqual(sends(talk.receive(answer(load, result={})), "session/prompt"), [])
        steps = talk.receive(update(session_of(load), "agent_message_chunk", "a"))
        self.assertEqual(len(sends(steps, "session/prompt")), 1)

    def test_late_past(self) -> None:
        """What is told of the past even later is known for what it is."""
        talk = greeted()
        prompt = prompted(talk, 1, asking(("assistant", "old"), ("user", "b")))
        self.assertEqual(talk.receive(update(session_of(prompt), "agent_message_chunk", "old")), [])
        heard = talk.receive(update(session_of(prompt), "agent_message_chunk", "old"))
        self.assertEqual(heard, [Heard(1, Started(MODEL)), Heard(1, TextDelta("old"))])

    def test_refused(self) -> None:
        """A session that cannot be loaded ends its run, and the next one gets its turn."""
        talk = greeted()
        [load] = sends(talk.begin(1, asking()), "session/load")
        talk.begin(2, asking())
        steps = talk.receive(answer(load, error={"code": -32000, "message": "Authentication required"}))
        [end] = [step for step in steps if isinstance(step, Ended)]
        self.assertIsInstance(end.error, NotLoggedIn)
        self.assertEqual(len(sends(steps, "session/load")), 1)

    def test_model(self) -> None:
        """Another model than the usual one is chosen before the prompt."""
        talk = greeted()
        invocation = asking(("assistant", "a"), ("user", "b"), model="gemini-3.5-flash")
        [load] = sends(talk.begin(1, invocation), "session/load")
        [choice] = sends(talk.receive(answer(load, result={})), "session/set_model")
        self.assertEqual(choice["params"], {"sessionId": session_of(load), "modelId": "gemini-3.5-flash"})

    def test_used_up(self) -> None:
        """After its number of runs a process takes no more."""
        talk = greeted(memory=1.0)
        talk.begin(1, asking())
        self.assertTrue(talk.open)
        talk.begin(2, asking())
        self.assertFalse(talk.open)


class AnswerTests(SynchronousTestCase):
    """From the prompt to the end."""

    def test_mixed(self) -> None:
        """Thoughts and text are told apart; a thought without a headline has none."""
        talk = greeted()
        session = session_of(prompted(talk, 1, asking()))
        steps = [
            *talk.receive(update(session, "agent_thought_chunk", "****\nwell")),
            *talk.receive(update(session, "agent_message_chunk", "yes")),
            *talk.receive(update(session, "tool_call")),
            *talk.receive(update(session, "agent_message_chunk", "")),
            *talk.receive(update("unknown", "agent_message_chunk", "no")),
        ]
        events: list[Event] = [Started(MODEL), ReasoningDelta("well"), TextDelta("yes")]
        self.assertEqual(steps, [Heard(1, event) for event in events])

    def test_thoughts_apart(self) -> None:
        """A thought with a headline begins a paragraph, one without goes on; answers are not touched."""
        talk = greeted()
        session = session_of(prompted(talk, 1, asking()))
        said = [("agent_thought_chunk", text) for text in ("**A**\na", "****\nmore", "**B**\nb")]
        steps = [
            step
            for kind, text in (*said, ("agent_message_chunk", "****\nyes"))
            for step in talk.receive(update(session, kind, text))
        ]
        thoughts = [ReasoningDelta("**A**\na"), ReasoningDelta("more"), ReasoningDelta("\n\n**B**\nb")]
        events: list[Event] = [Started(MODEL), *thoughts, TextDelta("****\nyes")]
        self.assertEqual(steps, [Heard(1, event) for event in events])

    def test_end(self) -> None:
        """The end is told last, after the files are gone."""
        talk = greeted()
        prompt = prompted(talk, 1, asking(("assistant", "what?")))
        talk.receive(update(session_of(prompt), "agent_message_chunk", "yes"))
        first, *middle, last = talk.receive(answer(prompt, result=ended()))
        self.assertEqual(first, Heard(1, Finished("stop", Usage(input=3, output=2))))
        self.assertTrue(middle and all(isinstance(step, Remove) for step in middle))
        self.assertEqual(last, Ended(1))

    def test_report_removed(self) -> None:
        """After a failure the program's report, which holds the prompt, goes too."""
        talk = greeted()
        steps = talk.receive(answer(prompted(talk, 1, asking()), error={"code": 500, "message": "x"}))
        self.assertIn(Remove("work/tmp"), steps)

    def test_late_words(self) -> None:
        """Words about a session that has ended are nobody's."""
        talk = greeted()
        prompt = prompted(talk, 1, asking())
        talk.receive(answer(prompt, result=ended()))
        self.assertEqual(talk.receive(update(session_of(prompt), "agent_message_chunk", "x")), [])
        self.assertEqual(talk.receive(answer(prompt, result=ended())), [])


class InterruptTests(SynchronousTestCase):
    """Runs that are given up."""

    def test_answering(self) -> None:
        """The program is told; nothing more is heard, and its answer ends the run."""
        talk = greeted()
        prompt = prompted(talk, 1, asking())
        [step] = talk.interrupt(1)
        self.assertEqual(sends([step], "session/cancel")[0].get("id"), None)
        self.assertEqual(talk.receive(update(session_of(prompt), "agent_message_chunk", "x")), [])
        steps = talk.receive(answer(prompt, error={"code": 500, "message": "aborted"}))
        self.assertEqual(steps[-1], Ended(1))

    def test_loaded(self) -> None:
        """A session that waits for its past ends at once."""
        talk = greeted()
        [load] = sends(talk.begin(1, asking()), "session/load")
        talk.receive(answer(load, result={}))
        self.assertEqual(talk.interrupt(1)[-1], Ended(1))

    def test_twice(self) -> None:
        """A second wish, or one about a run that is over, changes nothing."""
        talk = greeted()
        prompt = prompted(talk, 1, asking())
        talk.interrupt(1)
        self.assertEqual(talk.interrupt(1), [])
        talk.receive(answer(prompt, result={"stopReason": "cancelled"}))
        self.assertEqual(talk.interrupt(1), [])


class AskedTests(SynchronousTestCase):
    """What the program asks of its client."""

    def test_permission(self) -> None:
        """A permission for anything of the program's own is refused, and always answered."""
        asked = [
            line["msg"]
            for line in lines("acp-gemini-permission-deny")
            if line.get("msg", {}).get("method") == "session/request_permission"
        ]
        for record in asked:
            [step] = greeted().receive(record)
            self.assertEqual(
                step,
                Send({"jsonrpc": "2.0", "id": record["id"], "result": {"outcome": {"outcome": "cancelled"}}}),
            )
        self.assertTrue(asked)

    def test_permission_of_clients(self) -> None:
        """A call of the client's own function may be made, this once; a nonsense of options is refused."""
        options = [{"optionId": "always", "kind": "allow_always"}, {"optionId": "now", "kind": "allow_once"}]
        call = {"toolCallId": "mcp_client_get_weather__1"}
        record = {"jsonrpc": "2.0", "id": 5, "method": "session/request_permission"}
        for offered, outcome in (
            (options, {"outcome": "selected", "optionId": "now"}),
            (options[:1], {"outcome": "cancelled"}),
            ("?", {"outcome": "cancelled"}),
        ):
            [step] = greeted().receive({**record, "params": {"options": offered, "toolCall": call}})
            self.assertEqual(step, Send({"jsonrpc": "2.0", "id": 5, "result": {"outcome": outcome}}))

    def test_files(self) -> None:
        """A file is neither read nor written for it."""
        record = {"jsonrpc": "2.0", "id": 5, "method": "fs/read_text_file", "params": {"path": "/etc/passwd"}}
        [step] = greeted().receive(record)
        assert isinstance(step, Send)
        self.assertIn("error", step.record)
        self.assertEqual(step.record["id"], 5)
