"""The talk with `claude`, record by record."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker import errors
from clinvoker.model import Finished, Identity, Started, TextDelta, Usage
from clinvoker.talk import Broken, Ended, Ready, Record
from tests.backends.claude import playing
from tests.backends.claude.playing import (
    asking,
    begun,
    ends,
    events,
    greeted,
    piece,
    reply,
    result,
    sent,
    started,
)


def _hear(*records: Record) -> tuple[str, list[errors.ClinvokerError | None]]:
    talk = begun()
    steps = [step for record in records for step in talk.receive(record)]
    return playing.text(steps), ends(steps)


class BeginningTests(SynchronousTestCase):
    """From the greeting to the turn."""

    def test_logins(self) -> None:
        """The login is told as a sentence, by whatever pays."""
        logins = {
            "not logged in": {},
            "API key from ANTHROPIC_API_KEY": {"apiKeySource": "ANTHROPIC_API_KEY"},
            "token from CLAUDE_CODE_OAUTH_TOKEN": {"tokenSource": "CLAUDE_CODE_OAUTH_TOKEN"},
            "subscription (max)": {"tokenSource": "claude.ai", "subscriptionType": "max"},
            "by the credentials for bedrock": {"apiProvider": "bedrock"},
        }
        for login, account in logins.items():
            [step] = greeted().receive(reply("initialize", account=account, claude_code_version="3"))
            self.assertEqual(Ready(Identity(version="3", login=login)), step)

    def test_no_system_text(self) -> None:
        """Without a system message nothing is said of it: the greeting has already put an empty one."""
        [record] = sent(greeted().begin(1, asking()))
        self.assertEqual("user", record["type"])

    def test_one_conversation(self) -> None:
        """What was said cannot be taken back: a process serves one conversation."""
        talk = greeted()
        self.assertTrue(talk.open)
        talk.begin(1, asking())
        self.assertFalse(talk.open)

    def test_bad_request(self) -> None:
        """A conversation that cannot be answered ends at once and leaves the process as it was."""
        talk = greeted()
        [end] = talk.begin(1, asking(("user", "hello"), ("assistant", "well")))
        self.assertIsInstance(end, Ended)
        self.assertTrue(talk.open)

    def test_old_version(self) -> None:
        """A version that does not take the system text must not answer without it."""
        for told in (reply("system"), reply("system", error="Unknown subtype")):
            [error] = ends(begun(("system", "S"), ("user", "Q")).receive(told))
            self.assertIsInstance(error, errors.BackendUnusable)

    def test_no_greeting(self) -> None:
        """A program that refuses the greeting is of no use."""
        [step] = greeted().receive(reply("initialize", error="no"))
        assert isinstance(step, Broken)
        self.assertIsInstance(step.error, errors.BackendUnusable)

    def test_one_portion_at_a_time(self) -> None:
        """Earlier turns go in one after the other; only the last is asked."""
        talk = greeted()
        steps = list(talk.begin(1, asking(("user", "Q0"), ("assistant", "A0"), ("user", "Q1"))))
        self.assertEqual([False], [record.get("shouldQuery") for record in sent(steps)])
        later = sent(talk.receive(result(num_turns=0)))
        self.assertEqual(["assistant", "user"], [record["type"] for record in later])
        self.assertNotIn("shouldQuery", later[-1])

    def test_failed_portion(self) -> None:
        """If an earlier turn cannot be put in, the run fails."""
        talk = begun(("user", "Q0"), ("assistant", "A0"), ("user", "Q1"))
        [error] = ends(talk.receive(result(is_error=True, result="no")))
        self.assertIsInstance(error, errors.ProviderFailed)


class AnswerTests(SynchronousTestCase):
    """What is heard of a turn."""

    def test_streamed(self) -> None:
        """Pieces are heard as they come, and not again when the message is repeated as a whole."""
        talk = begun()
        records = (started(), piece("a"), piece("b"), playing.whole("ab"), result())
        steps = [step for record in records for step in talk.receive(record)]
        expected = [
            *(Started("claude-opus-5-5"), TextDelta("a"), TextDelta("b")),
            Finished("stop", Usage()),
        ]
        self.assertEqual(expected, events(steps))

    def test_whole(self) -> None:
        """A message that comes without pieces is heard as a whole."""
        self.assertEqual(("all", [None]), _hear(playing.whole("all"), result()))
        self.assertEqual(("all", [None]), _hear(started(), playing.whole("all"), result()))

    def test_never_twice(self) -> None:
        """An answer that begins anew is cut, and its second beginning not heard."""
        for again in (started(), {"type": "system", "subtype": "api_retry", "error": "unknown"}):
            said, [error] = _hear(started(), piece("a"), again, started(), piece("a"), result())
            self.assertEqual("a", said)
            self.assertIsInstance(error, errors.AnswerCut)

    def test_error_in_an_answers_clothes(self) -> None:
        """A sentence of the program's own is no answer, whatever the result says."""
        complaint = playing.whole("API Error: nonsense", is_api_error_message=True, error="server_error")
        said, [error] = _hear(complaint, result(is_error=True, result="API Error: nonsense"))
        self.assertEqual("", said)
        self.assertIsInstance(error, errors.ProviderFailed)

    def test_not_passed_on(self) -> None:
        """A prompt that the program took for a command of its own has no answer."""
        command = {"type": "assistant", "message": {"model": "<synthetic>", "content": [{"type": "text"}]}}
        said, [error] = _hear(command, result(num_turns=0, result="Total cost: $0"))
        self.assertEqual("", said)
        self.assertIsInstance(error, errors.AgentGarbled)

    def test_questions(self) -> None:
        """The program is told at once that nobody will answer what it asks."""
        asked = {"type": "control_request", "request_id": "7", "request": {"subtype": "can_use_tool"}}
        [record] = sent(begun().receive(asked))
        self.assertEqual("control_response", record["type"])

    def test_result_of_nothing(self) -> None:
        """A result that no run waits for says nothing."""
        self.assertEqual([], list(greeted().receive(result())))


class InterruptTests(SynchronousTestCase):
    """Stopping."""

    def test_once(self) -> None:
        """A turn is interrupted once, however often it is asked; its end comes with the result."""
        talk = begun()
        self.assertEqual(1, len(sent(talk.interrupt(1))))
        self.assertEqual([], list(talk.interrupt(1)))
        self.assertEqual([], list(talk.receive(piece("late"))))
        self.assertEqual([None], ends(talk.receive(result(is_error=True, subtype="error_during_execution"))))

    def test_before_the_turn(self) -> None:
        """While earlier turns go in there is nothing to interrupt: no more of them follow."""
        talk = begun(("user", "Q0"), ("assistant", "A0"), ("user", "Q1"))
        self.assertEqual([], list(talk.interrupt(1)))
        self.assertEqual([Ended(1)], list(talk.receive(result(num_turns=0))))

    def test_at_the_limit(self) -> None:
        """After the limit of tokens the program would go on by itself, and is stopped."""
        talk = begun()
        talk.receive(started())
        talk.receive(piece("a"))
        stop = playing.streamed(
            "message_delta", delta={"stop_reason": "max_tokens"}, usage={"output_tokens": 9}
        )
        steps = list(talk.receive(stop))
        self.assertEqual([Finished("length", Usage(input=7, output=9))], events(steps))
        self.assertEqual(1, len(sent(steps)))
        self.assertEqual([], list(talk.receive(started())))
