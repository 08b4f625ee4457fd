"""How messages become a chat file, a memory file and a prompt."""

from __future__ import annotations

import json
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.gemini.chat_file import FIRST, VEIL, Turn, chat_file_name
from clinvoker.backends.gemini.conversation import CONTINUE, NOTICE, conversation, fenced
from clinvoker.model import Image, Message, Part, Role, Text


def told(*messages: tuple[Role, str]) -> tuple[Message, ...]:
    """Messages of one part each."""
    return tuple(Message(role, (Text(text),)) for role, text in messages)


def texts(*parts: str) -> tuple[Part, ...]:
    """Parts that are texts."""
    return tuple(map(Text, parts))


def turn(role: Literal["user", "gemini"], *parts: str) -> Turn:
    """A turn of texts."""
    return Turn(role, texts(*parts))


def turns_in(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """The turns of the chat file."""
    text = conversation(messages).chat_file("00000001-x", "/private/work/s1")
    return [json.loads(line) for line in text.split("\n")[1:-1]]


class DivisionTests(SynchronousTestCase):
    """What is told beforehand and what is asked."""

    def test_one_question(self) -> None:
        """A single message is the prompt, and nothing is told."""
        made = conversation(told(("user", "hi")))
        self.assertEqual((made.system, made.turns, made.prompt), ("", (), texts("hi")))

    def test_roles(self) -> None:
        """Leading system and developer messages are the system prompt, the rest are turns."""
        made = conversation(
            told(("system", "S"), ("developer", "D"), ("user", "1"), ("assistant", "2"), ("user", "3"))
        )
        self.assertEqual(made.system, "S\n\nD")
        self.assertEqual(made.turns, (turn("user", "1"), turn("gemini", "2")))
        self.assertEqual(made.prompt, texts("3"))

    def test_parts(self) -> None:
        """A message's parts stay apart."""
        message = Message("user", (Text("a"), Text(""), Text("b")))
        self.assertEqual(conversation((message,)).prompt, texts("a", "b"))

    def test_later_system_message(self) -> None:
        """A system message in the middle stays in its place, marked."""
        made = conversation(told(("user", "1"), ("assistant", "2"), ("system", "rhyme"), ("user", "3")))
        self.assertEqual(made.turns[-1], turn("user", NOTICE, "rhyme", "\n\n"))

    def test_turns_of_one_role(self) -> None:
        """Turns the program will join are parted by a blank line."""
        made = conversation(told(("user", "1"), ("user", "2"), ("user", "3")))
        self.assertEqual(made.turns, (turn("user", "1", "\n\n"), turn("user", "2", "\n\n")))
        self.assertEqual(made.prompt, texts("3"))

    def test_last_is_assistant(self) -> None:
        """After the assistant's own words it is asked to go on."""
        made = conversation(told(("user", "1"), ("assistant", "2")))
        self.assertEqual((made.turns[-1], made.prompt), (turn("gemini", "2"), texts(CONTINUE)))

    def test_system_alone(self) -> None:
        """With a system message alone the model is asked to go on."""
        made = conversation(told(("system", "S")))
        self.assertEqual((made.system, made.turns, made.prompt), ("S", (), texts(CONTINUE)))

    def test_blank(self) -> None:
        """Blank messages are left out; a blank prompt is one invisible character."""
        made = conversation(told(("user", "1"), ("assistant", " "), ("user", ""), ("user", "\n")))
        self.assertEqual((made.turns, made.prompt), ((turn("user", "1", "\n\n"),), texts(VEIL)))


class CommandTests(SynchronousTestCase):
    """Prompts the program would take for commands."""

    def test_divided(self) -> None:
        """What makes it a command is loaded, the rest is prompted."""
        for text, head, tail in (
            ("/memory show", "/", "memory show"),
            ("$(id)", "$", "(id)"),
            (" \ufeff/ $ /x", " \ufeff/ $ /", "x"),
            ("/", "/", VEIL),
        ):
            made = conversation(told(("user", text)))
            self.assertEqual((made.turns[-1], made.prompt), (turn("user", head), texts(tail)))

    @given(st.text(alphabet="/$ ?@\n\ufeffax", min_size=1, max_size=8))
    def test_verbatim(self, text: str) -> None:
        """However a prompt is divided, its pieces are the text, and the prompted one is no command."""
        made = conversation(told(("user", text)))
        prompt = Turn("user", made.prompt).text
        pieces = "".join(turn.text for turn in made.turns) + prompt
        self.assertEqual(pieces.replace(VEIL, ""), text if text.strip() else "")
        self.assertNotIn(prompt.strip(" \n\ufeff")[:1], ("/", "$"))

    def test_behind_a_picture(self) -> None:
        """Text behind a picture is prompted alone, and disarmed."""
        picture = Image("image/png", "AA==")
        made = conversation((Message("user", (picture, Text("/x"), Text("y"))),))
        self.assertEqual(made.turns, (Turn("user", (picture, Text("/"))),))
        self.assertEqual(made.prompt, texts("xy"))

    def test_before_a_picture(self) -> None:
        """What ends in a picture is prompted whole, but for what makes it a command."""
        picture = Image("image/png", "AA==")
        for text, head, tail in (("look", (), ("look",)), ("/memory show", ("/",), ("memory show",))):
            made = conversation((Message("user", (Text(text), picture)),))
            self.assertEqual([turn.parts for turn in made.turns], [texts(*head)] if head else [])
            self.assertEqual(made.prompt, (*texts(*tail), picture))


class FileTests(SynchronousTestCase):
    """The chat file."""

    def test_head(self) -> None:
        """The first line is about the session; the name has an old minute and the id's beginning."""
        text = conversation(told(("user", "hi"))).chat_file("00000001-x", "/private/work/s1")
        head = json.loads(text.split("\n")[0])
        self.assertEqual((head["sessionId"], head["kind"]), ("00000001-x", "main"))
        self.assertEqual(chat_file_name("00000001-x"), "session-2026-01-01T00-00-00000001.jsonl")

    def test_first_id(self) -> None:
        """The first turn, and no other, says that the program's own preamble is not wanted."""
        turns = turns_in(told(("assistant", "1"), ("user", "2"), ("user", "3")))
        self.assertEqual([turn["id"] == FIRST for turn in turns], [True, False])

    def test_without_turns(self) -> None:
        """Where nothing is told, one turn stands in the file that no request will have."""
        [turn] = turns_in(told(("user", "hi")))
        self.assertEqual((turn["id"], turn["type"], turn["content"]), (FIRST, "gemini", [{"text": ""}]))
        self.assertEqual(len(turn["thoughts"]), 1)

    def test_dropped_turns(self) -> None:
        """User turns the program would drop have a thought in front; their text stays as it is."""
        for text in ("/help", " ?", "<session_context> x", "<hook_context>"):
            [turn, _] = turns_in(told(("user", text), ("assistant", "x"), ("user", "y")))
            self.assertEqual(turn["content"], [{"text": VEIL, "thought": True}, {"text": text}])

    def test_picture_alone(self) -> None:
        """A user turn without text would be dropped too."""
        messages = (Message("user", (Image("image/png", "AA=="),)), *told(("assistant", "a"), ("user", "b")))
        picture = {"inlineData": {"mimeType": "image/png", "data": "AA=="}}
        self.assertEqual(turns_in(messages)[0]["content"], [{"text": VEIL, "thought": True}, picture])

    def test_assistant_may_begin_so(self) -> None:
        """Only user turns are dropped, so the assistant's have no thought."""
        turns = turns_in(told(("user", "1"), ("assistant", "/help")))
        self.assertEqual(turns[1]["content"], [{"text": "/help"}])

    def test_ascii(self) -> None:
        """Separators of lines in a text do not end a line of the file; any text can stand in it."""
        text = conversation(told(("user", "a\u2028b\ud800"), ("assistant", "x"))).chat_file("1", "/p")
        self.assertTrue(text.isascii())
        self.assertEqual(json.loads(text.split("\n")[1])["content"], [{"text": "a\u2028b\ud800"}])


class MemoryTests(SynchronousTestCase):
    """The system prompt as the memory file has it."""

    def test_plain(self) -> None:
        """A text that names no file stays as it is, addresses included."""
        for text in ("Be brief.", "write to a@b.org, pay @ 5", ""):
            self.assertEqual(fenced(text), text)

    def test_import(self) -> None:
        """A text that would read files in stands between fences longer than any in it."""
        self.assertEqual(fenced("@/etc/passwd"), "```\n@/etc/passwd\n```")
        self.assertEqual(fenced("x @./a ````js"), "`````\nx @./a ````js\n`````")
