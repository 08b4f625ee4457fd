"""What a process was told, and what is held for blank."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.claude.past import Past, anchor
from clinvoker.backends.claude.words import ControlResponse, Reply, assistant, user
from clinvoker.talk import Record
from tests.backends.claude.playing import reply

ANCHOR = str(anchor()["uuid"])


def answer(request: Record, error: str = "", **response: Any) -> Reply:
    """What the program answers to a request."""
    return msgspec.convert(reply(str(request["request_id"]), error, **response), ControlResponse).response


def rewound(request: Record, preceding: str = "an answer") -> Reply:
    """A message was taken back."""
    return answer(request, rewound=True, precedingAssistantUuid=preceding)


def refused(request: Record, reason: str) -> Reply:
    """It was not."""
    return answer(request, rewound=False, precedingAssistantUuid=None, reason=reason)


def told(messages: int) -> Past:
    """A process that was told so many messages of the user's."""
    past = Past()
    for _ in range(messages):
        past.told(user([], turn=False))
        past.told(assistant([]))
    return past


def judged(past: Past, *replies: Reply) -> bool | None:
    """What is known after the last reply."""
    return [past.answered(reply) for reply in replies][-1]


class IdTests(SynchronousTestCase):
    """Names of messages."""

    def test_unique(self) -> None:
        """No two messages of a process have a name that begins alike, those of later conversations too."""
        past = told(0)
        ids = [ANCHOR]
        for _ in range(3):
            ids += [str(past.told(user([], turn=True))["uuid"]) for _ in range(2)]
            for request in past.forget():
                past.answered(rewound(request, ANCHOR))
        self.assertEqual(7, len({name[:24] for name in ids}))
        self.assertTrue(all(len(name) == 36 for name in ids))

    def test_answers_unnamed(self) -> None:
        """Only the user's messages are named: all else goes with them."""
        self.assertNotIn("uuid", Past().told(assistant([])))


class ForgetTests(SynchronousTestCase):
    """What is asked, and how the answers are judged."""

    def test_backwards(self) -> None:
        """Messages are taken back from the last to the first."""
        past = Past()
        ids = [past.told(user([], turn=False))["uuid"] for _ in range(3)]
        asked: list[Any] = [request["request"] for request in past.forget()]
        self.assertEqual(ids[::-1], [request["target_message_uuid"] for request in asked])

    def test_blank(self) -> None:
        """The process is blank when the last answer says that before the first message is the anchor."""
        past = told(2)
        last, first = past.forget()
        self.assertIsNone(judged(past, rewound(last)))
        self.assertIs(True, judged(past, rewound(first, ANCHOR)))
        self.assertTrue(past.proven)
        self.assertEqual([], past.forget())

    def test_results(self) -> None:
        """Results of tools go with the message before them, but for the first there is none."""
        past = told(2)
        last, first = past.forget()
        self.assertIs(True, judged(past, refused(last, "target_splits_tool_call"), rewound(first, ANCHOR)))
        past = told(1)
        [first] = past.forget()
        self.assertIs(False, judged(past, refused(first, "target_splits_tool_call")))
        self.assertFalse(past.proven)

    def test_not_blank(self) -> None:
        """Any other answer, to any of the requests, and the process is not blank."""
        for number in (0, 1):
            for wrong in ("stale_target", "turn_running", "target_not_found", "of_tomorrow"):
                past = told(2)
                requests = past.forget()
                replies = [rewound(requests[0]), rewound(requests[1], ANCHOR)]
                replies[number] = refused(requests[number], wrong)
                self.assertIs(False, judged(past, *replies))

    def test_without_the_anchor(self) -> None:
        """If something else than the anchor is left, or nothing is told of it, the process is not blank."""
        for reply_of in (
            rewound,
            lambda request: answer(request, rewound=True),
            lambda request: answer(request),
        ):
            past = told(1)
            [first] = past.forget()
            self.assertIs(False, judged(past, reply_of(first)))

    def test_old_version(self) -> None:
        """A version that does not know the word says so."""
        past = told(1)
        [first] = past.forget()
        self.assertIs(False, judged(past, answer(first, error="Unsupported control request subtype")))

    def test_settings(self) -> None:
        """What was set is unset, and what was not is left alone; of variables, each by itself."""
        past = told(0)
        past.settled({"model": "opus", "env": {"A": "1"}})
        past.settled({"effortLevel": "low"})
        [request] = past.forget()
        expected = {"model": None, "env": {"A": None}, "effortLevel": None}
        self.assertEqual({"subtype": "apply_flag_settings", "settings": expected}, request["request"])
        self.assertIs(True, judged(past, answer(request)))

    def test_tools(self) -> None:
        """Tools are taken away, and that they are is waited for."""
        past = told(1)
        names = past.server()
        first, tools = past.forget()
        self.assertEqual({"subtype": "mcp_set_servers", "servers": {}}, tools["request"])
        self.assertIsNone(judged(past, rewound(first, ANCHOR)))
        self.assertIs(False, judged(past, answer(tools, error="no")))
        self.assertNotEqual(names, past.server())

    @given(
        st.lists(st.sampled_from(["rewound", "target_splits_tool_call", "stale_target"]), min_size=1),
        st.booleans(),
    )
    def test_any(self, answers: list[str], anchored: bool) -> None:
        """However the answers come, blank is what ends at the anchor and holds nothing unexpected."""
        past = told(len(answers))
        replies = [
            rewound(request, ANCHOR if anchored else "other") if said == "rewound" else refused(request, said)
            for request, said in zip(past.forget(), answers, strict=True)
        ]
        expected = "stale_target" not in answers and answers[-1] == "rewound" and anchored
        self.assertIs(expected, judged(past, *replies))
