"""One conversation after the other in one process, and conversations that go on."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.claude.past import anchor
from clinvoker.backends.claude.reuse import NEVER_BLANK
from clinvoker.backends.claude.talk import ClaudeTalk
from clinvoker.errors import BadRequest
from clinvoker.model import Finished, Message, Text, TextDelta, Usage
from clinvoker.talk import Ended, Heard, Kept, Over, Ready, Record, Send, Step
from tests.backends.claude.playing import (
    asking,
    events,
    greeted,
    piece,
    reply,
    result,
    sent,
    started,
    streamed,
)

ANSWERED = (started(), piece("a"), result())
AGAIN = Message("user", (Text("and?"),))


def _told(talk: ClaudeTalk, *records: Record) -> list[Step]:
    return [step for record in records for step in talk.receive(record)]


def _begun(*said: Any) -> ClaudeTalk:
    talk = greeted(reuse=True)
    talk.begin(1, asking(*said))
    return talk


def _kept() -> ClaudeTalk:
    talk = _begun()
    _told(talk, *ANSWERED)
    return talk


def _subtypes(steps: Any) -> list[object]:
    requests: list[Any] = [record["request"] for record in sent(steps)]
    return [request["subtype"] for request in requests]


def _taken_back(steps: Any, rewound: bool = True) -> list[Record]:
    """The program's answers to all that is asked."""
    before = anchor()["uuid"]
    return [
        reply(str(record["request_id"]), rewound=rewound, precedingAssistantUuid=before)
        for record in sent(steps)
    ]


class GreetingTests(SynchronousTestCase):
    """Before the first conversation."""

    def test_anchor(self) -> None:
        """The anchor is put in before all else; without reuse there is none."""
        talk = ClaudeTalk()
        talk.start()
        put, ready = talk.receive(reply("initialize"))
        self.assertEqual(Send(anchor()), put)
        self.assertIsInstance(ready, Ready)
        talk = ClaudeTalk(reuse=False)
        talk.start()
        self.assertEqual(1, len(talk.receive(reply("initialize"))))

    def rehearse(self, rewound: bool) -> tuple[ClaudeTalk, list[Step]]:
        """A rehearsal, and what is said at its end."""
        talk = ClaudeTalk(rehearse=True)
        talk.start()
        put, hello = sent(talk.receive(reply("initialize", claude_code_version="3")))
        self.assertEqual((anchor(), False), (put, hello["shouldQuery"]))
        asked = list(talk.receive(result(num_turns=0)))
        return talk, _told(talk, *_taken_back(asked, rewound))

    def test_rehearsal(self) -> None:
        """A message that asks for nothing is put in and taken back; then the process is ready, and blank."""
        talk, [ready] = self.rehearse(rewound=True)
        assert isinstance(ready, Ready)
        self.assertEqual(("3", "", True), (ready.identity.version, ready.identity.note, talk.open))

    def test_rehearsal_fails(self) -> None:
        """If it cannot be taken back, that is told, and the process takes no run."""
        talk, [ready] = self.rehearse(rewound=False)
        assert isinstance(ready, Ready)
        self.assertEqual((NEVER_BLANK, False), (ready.identity.note, talk.open))


class KeptTests(SynchronousTestCase):
    """A conversation at rest."""

    def test_kept(self) -> None:
        """After an answer the conversation stays, and the process with it."""
        talk = _begun()
        steps = _told(talk, *ANSWERED)
        self.assertEqual([Heard(1, Finished("stop", Usage())), Kept(1)], steps[-2:])
        self.assertTrue(talk.open)

    def test_goes_on(self) -> None:
        """The next question is all that is told; its answer is heard under the new number, and kept again."""
        talk = _kept()
        [record] = sent(talk.resume(1, 2, [AGAIN]))
        self.assertEqual("user", record["type"])
        self.assertNotIn("shouldQuery", record)
        steps = _told(talk, started(), piece("b"), result(usage={"input_tokens": 9, "output_tokens": 1}))
        self.assertIn(Heard(2, TextDelta("b")), steps)
        self.assertEqual([Finished("stop", Usage(input=9, output=1))], [events(steps)[-1]])
        self.assertEqual(Kept(2), steps[-1])

    def test_used_up(self) -> None:
        """Without reuse a conversation may stay too; when it is given up the process is used up."""
        talk = greeted()
        talk.begin(1, asking())
        self.assertEqual(Kept(1), _told(talk, *ANSWERED)[-1])
        self.assertEqual([Ended(1)], list(talk.forget(1)))
        self.assertFalse(talk.open)

    def test_nothing_to_say(self) -> None:
        """What holds nothing to answer ends the conversation, and makes the process blank."""
        talk = _kept()
        over, *asked = talk.resume(1, 2, [Message("user", (Text(" "),))])
        assert isinstance(over, Over)
        self.assertIsInstance(over.error, BadRequest)
        self.assertEqual([Ended(2, over.error)], _told(talk, *_taken_back(asked)))

    def test_not_as_told(self) -> None:
        """An answer that the client's message would not bring back as it is does not stay."""
        block = {"type": "text", "text": ""}
        answers = {
            "blank": (started(), piece(" \n")),
            "nothing": (started(),),
            "two texts": (
                started(),
                *(streamed("content_block_start", content_block=block), piece("a")) * 2,
            ),
            "two messages": (
                *(started(), streamed("message_delta", delta={"stop_reason": "tool_use"})),
                *(started(), piece("a")),
            ),
            "more": (started(), streamed("content_block_start", content_block={"type": "novel"}), piece("a")),
            "summary": ({"type": "system", "subtype": "compact_boundary"}, started(), piece("a")),
        }
        for name, records in answers.items():
            steps = _told(_begun(), *records, result())
            self.assertEqual(Finished("stop", Usage()), events(steps)[-1], name)
            self.assertEqual(
                [Over(1)], [step for step in steps if isinstance(step, Kept | Over | Ended)], name
            )

    def test_schema(self) -> None:
        """An answer of a schema was made by a call that the client knows nothing of."""
        talk = ClaudeTalk({"type": "object"})
        talk.start()
        _told(talk, reply("initialize"))
        talk.begin(1, asking())
        self.assertIn(Over(1), _told(talk, *ANSWERED))

    def test_not_kept(self) -> None:
        """Of a run that is not kept nothing can be given up or interrupted."""
        talk = _kept()
        self.assertEqual(([], []), (list(talk.forget(2)), list(talk.interrupt(1))))
        talk.forget(1)
        self.assertEqual([], list(talk.forget(1)))


class BlankTests(SynchronousTestCase):
    """Between two conversations."""

    def test_given_up(self) -> None:
        """A conversation that is given up is taken back; then its place is free."""
        talk = _kept()
        asked = list(talk.forget(1))
        self.assertEqual(["rewind_conversation"], _subtypes(asked))
        self.assertEqual([Ended(1)], _told(talk, *_taken_back(asked)))
        self.assertTrue(talk.open)

    def test_next(self) -> None:
        """The next conversation is begun as the first was, but for the names of its messages."""
        talk = _kept()
        _told(talk, *_taken_back(talk.forget(1)))
        first, second = (
            sent(t.begin(2, asking(("system", "S"), ("user", "Q")))) for t in (greeted(True), talk)
        )
        self.assertNotEqual(first[-1].pop("uuid"), second[-1].pop("uuid"))  # type: ignore[attr-defined]
        self.assertEqual(first, second)
        self.assertEqual(Kept(2), _told(talk, *ANSWERED)[-1])

    def test_refused(self) -> None:
        """If it cannot be taken back the run ends all the same, the process is used up, and why is told."""
        talk = _kept()
        noted, ended = _told(talk, *_taken_back(talk.forget(1), rewound=False))
        assert isinstance(noted, Ready)
        self.assertEqual((NEVER_BLANK, Ended(1), False), (noted.identity.note, ended, talk.open))

    def test_refused_later(self) -> None:
        """Where it went well before, one conversation that cannot be taken back tells nothing new."""
        talk = _kept()
        _told(talk, *_taken_back(talk.forget(1)))
        talk.begin(2, asking())
        _told(talk, *ANSWERED)
        self.assertEqual([Ended(2)], _told(talk, *_taken_back(talk.forget(2), rewound=False)))
        self.assertFalse(talk.open)

    def test_not_blank(self) -> None:
        """Where a tool of another conversation is named, the run fails for a moment and the process ends."""
        talk = _kept()
        _told(talk, *_taken_back(talk.forget(1)))
        talk.begin(2, asking())
        over, *_ = _told(talk, {"type": "system", "subtype": "init", "tools": ["get_weather"]})
        assert isinstance(over, Over)
        self.assertTrue(getattr(over.error, "transient", False))
        _told(talk, *_taken_back(talk.receive(result(is_error=True))))
        self.assertFalse(talk.open)

    def test_failed(self) -> None:
        """A run that fails is over at once, and ends, with the same error, when the process is blank."""
        talk = _begun()
        over, *interrupt = _told(talk, {"type": "system", "subtype": "api_retry", "error": "server_error"})
        assert isinstance(over, Over)
        self.assertEqual(["interrupt"], _subtypes(interrupt))
        asked = list(talk.receive(result(is_error=True, subtype="error_during_execution")))
        self.assertEqual(["rewind_conversation"], _subtypes(asked))
        self.assertEqual([Ended(1, over.error)], _told(talk, *_taken_back(asked)))

    def test_interrupted(self) -> None:
        """A run that was interrupted ends when the process is blank; whatever comes late is nobody's."""
        talk = _begun(("user", "Q0"), ("assistant", "A0"), ("user", "Q1"))
        _told(talk, result(num_turns=0), started())
        self.assertEqual(["interrupt"], _subtypes(talk.interrupt(1)))
        self.assertEqual([], _told(talk, piece("late")))
        asked = list(talk.receive(result(is_error=True)))
        self.assertEqual(["rewind_conversation"] * 2, _subtypes(asked))
        self.assertEqual([], _told(talk, reply("interrupt"), piece("late"), result()))
        self.assertEqual([Ended(1)], _told(talk, *_taken_back(asked)))

    def test_bad_request(self) -> None:
        """What was never told need not be taken back."""
        talk = greeted(reuse=True)
        [ended] = talk.begin(1, asking(("user", "hello"), ("assistant", "well")))
        self.assertIsInstance(ended, Ended)
        self.assertTrue(talk.open)
