"""Conversations as the program takes them."""

from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.claude.conversation import Conversation, Turn, read
from clinvoker.errors import BadRequest
from clinvoker.model import Message, Role, Text

ROLES = st.sampled_from(["system", "developer", "user", "assistant"])
MESSAGES = st.lists(
    st.builds(
        Message, role=ROLES, parts=st.lists(st.builds(Text, st.text(max_size=3)), max_size=3).map(tuple)
    ),
    min_size=1,
)


def _said(role: Role, *texts: str) -> Message:
    return Message(role, tuple(map(Text, texts)))


def _turn(role: Literal["user", "assistant"], *texts: str) -> Turn:
    return Turn(role, tuple(map(Text, texts)))


class ReadTests(SynchronousTestCase):
    """From messages to turns."""

    def test_roles(self) -> None:
        """Instructions at the beginning are the system text; all others keep their place."""
        messages = [
            *(_said("system", "one"), _said("developer", "two"), _said("user", "Q0")),
            *(_said("assistant", "A0"), _said("system", "late"), _said("user", "Q1", "Q2")),
        ]
        late = "<system_message>\nlate\n</system_message>"
        turns = (_turn("user", "Q0"), _turn("assistant", "A0"), _turn("user", late, "Q1", "Q2"))
        self.assertEqual(Conversation("one\n\ntwo", turns), read(messages))

    def test_assistant_first(self) -> None:
        """A conversation that the assistant begins has a turn before it that says so."""
        turns = read([_said("assistant", "Hi"), _said("user", "Q")]).turns
        self.assertEqual(["user", "assistant", "user"], [turn.role for turn in turns])

    def test_only_instructions(self) -> None:
        """The last message is always the one that is answered, an instruction too."""
        conversation = read([_said("system", "Be brief."), _said("system", "Say hi.")])
        self.assertEqual("Be brief.", conversation.system)
        self.assertIn("Say hi.", repr(conversation.turns[0]))

    def test_blank(self) -> None:
        """Blank messages are left out; a blank part stays a part of its message's text."""
        messages = [
            _said("system", " "),
            _said("user", "\n"),
            _said("assistant"),
            _said("user", "a", " ", "b"),
        ]
        self.assertEqual(Conversation("", (_turn("user", "a b"),)), read(messages))

    def test_nothing_to_answer(self) -> None:
        """A conversation must end with something to answer."""
        for last in (_said("assistant", "A"), _said("user", " \n"), _said("user")):
            error = self.assertRaises(BadRequest, read, [_said("user", "Q"), last])
            self.assertEqual("messages", error.param)

    @given(MESSAGES)
    def test_any(self, messages: list[Message]) -> None:
        """Turns alternate, begin and end with the user, and hold no blank text; else it is refused."""
        try:
            turns = read(messages).turns
        except BadRequest:
            return
        expected = ["user" if number % 2 == 0 else "assistant" for number in range(len(turns))]
        self.assertEqual(expected, [turn.role for turn in turns])
        self.assertEqual(1, len(turns) % 2)
        texts = [piece.text for turn in turns for piece in turn.pieces if isinstance(piece, Text)]
        self.assertTrue(all(text.strip() for text in texts))


class PortionTests(SynchronousTestCase):
    """From turns to records."""

    def test_portions(self) -> None:
        """Each portion ends with a user message, and only the last asks for an answer."""
        turns = (_turn("user", "Q0"), _turn("assistant", "A0"), _turn("user", "Q1"))
        portions = Conversation("", turns).portions()
        self.assertEqual([["user"], ["assistant", "user"]], [[r["type"] for r in part] for part in portions])
        self.assertEqual([False, None], [part[-1].get("shouldQuery") for part in portions])

    def test_commands_are_text(self) -> None:
        """User messages are marked as not typed, and end with an empty block: no command is looked for."""
        [[record]] = Conversation("", (_turn("user", "/clear"),)).portions()
        content = [{"type": "text", "text": "/clear"}, {"type": "text", "text": ""}]
        self.assertEqual({"role": "user", "content": content}, record["message"])
        self.assertIs(True, record["text_not_typed"])

    def test_lone_surrogates(self) -> None:
        """What is no Unicode cannot be written and is replaced."""
        [[record]] = Conversation("", (_turn("user", "a\ud800b"),)).portions()
        self.assertIn("a?b", repr(record))
