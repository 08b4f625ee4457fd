"""Tests for the reading of `messages`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_request import read_request
from clinvoker.errors import BadRequest, UnsupportedParameter
from clinvoker.model import Message, Text
from tests.dialects.chats import USER, body


def read(*messages: object) -> tuple[Message, ...]:
    """What the messages are read as."""
    return read_request(body(messages=list(messages))).invocation.messages


def refusal(*messages: object) -> BadRequest:
    """The refusal that the messages meet."""
    try:
        read(*messages)
    except BadRequest as error:
        return error
    raise AssertionError("accepted")


def texts(*parts: str) -> list[object]:
    """Parts as the client sends them."""
    return [{"type": "text", "text": part} for part in parts]


class AcceptedTests(SynchronousTestCase):
    def test_parts(self) -> None:
        """W17, W18: an array of parts keeps its order and its borders."""
        [message] = read({"role": "user", "content": texts("a", "", "b")})
        self.assertEqual(message, Message("user", (Text("a"), Text(""), Text("b"))))
        self.assertEqual(message.text, "ab")

    def test_content_of_the_assistant(self) -> None:
        """W17: an assistant's content may be null, absent or empty, and is nothing then."""
        for content in ({"content": None}, {}, {"content": []}):
            self.assertEqual(read({"role": "assistant", **content}), (Message("assistant", ()),))

    def test_roles(self) -> None:
        """W19, W20: any order and number of system, developer, user and assistant."""
        roles = ("user", "system", "system", "developer", "user", "user", "assistant", "assistant", "system")
        read_as = read(*({"role": role, "content": role} for role in roles))
        self.assertEqual(tuple(message.role for message in read_as), roles)

    def test_no_user(self) -> None:
        """A conversation without a user is one: whether a program can answer it says its backend."""
        self.assertEqual(read({"role": "system", "content": "s"}), (Message("system", (Text("s"),)),))

    def test_name(self) -> None:
        """W21: a name on a message is accepted, and told to be without effect."""
        asked = read_request(body(messages=[{**USER, "name": "bob"}]))
        self.assertEqual(asked.ignored, ("messages[].name",))

    def test_own_answers_come_back(self) -> None:
        """W33: an assistant's message comes back with all the fields of an answer."""
        answer = {
            "role": "assistant",
            "content": "Hi",
            "refusal": None,
            "annotations": [],
            "audio": None,
            "function_call": None,
            "tool_calls": [],
            "reasoning_content": "hm",
        }
        self.assertEqual(
            read(USER, answer, {**answer, "tool_calls": None})[1:], (Message("assistant", (Text("Hi"),)),) * 2
        )

    def test_refusals_come_back(self) -> None:
        """W33: where the assistant refused, the words of its refusal are what it said."""
        parts = [{"type": "refusal", "refusal": "No."}]
        for fields in ({"content": None, "refusal": "No."}, {"content": parts}):
            self.assertEqual(read({"role": "assistant", **fields}), (Message("assistant", (Text("No."),)),))

    def test_texts_are_plain(self) -> None:
        """W36: whatever a text begins with, it arrives as it is."""
        for text in (
            "-p",
            "--help",
            "/clear",
            "@/etc/passwd",
            "!ls",
            "$(id)",
            "`id`",
            " \n",
            "",
            "\u2028",
            "é\u0301",
        ):
            self.assertEqual(read({"role": "user", "content": text})[0].text, text)

    def test_long_text(self) -> None:
        """W10: the dialect has no limit of its own on a text."""
        text = "ä\n" * 1_000_000
        self.assertEqual(read({"role": "user", "content": text})[0].text, text)


class RefusedTests(SynchronousTestCase):
    def test_none(self) -> None:
        """`messages` missing or empty is named."""
        for sent in (body(messages=None), body(messages=[])):
            error = self.assertRaises(BadRequest, read_request, sent)
            self.assertEqual(error.param, "messages")

    def test_roles(self) -> None:
        """W19: any other role is refused with its place; that of functions as not offered."""
        for role in ("human", "System", "", None):
            self.assertEqual(refusal(USER, {"role": role, "content": "x"}).param, "messages[1].role")
        error = refusal(USER, {"role": "function", "content": "x", "name": "f"})
        self.assertIsInstance(error, UnsupportedParameter)
        self.assertEqual(error.param, "messages[1].role")

    def test_no_content(self) -> None:
        """W17: all but assistants must say something."""
        for role in ("system", "developer", "user"):
            for content in (None, []):
                self.assertEqual(refusal({"role": role, "content": content}).param, "messages[0].content")

    def test_other_parts(self) -> None:
        """W34: audio and files are refused with their place, not dropped."""
        audio = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
        file = {"type": "file", "file": {"file_id": "f"}}
        for part in (audio, file):
            error = refusal({"role": "user", "content": [*texts("a"), part]})
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, "messages[0].content[1]")

    def test_broken_parts(self) -> None:
        """Parts of no known type, of none, or without their text are named."""
        wrong = {
            "messages[0].content[0].type": [{"type": "poem", "text": "a"}],
            "messages[0].content[1].type": [*texts("a"), {"text": "a"}],
            "messages[0].content[0].text": [{"type": "text"}],
        }
        for place, parts in wrong.items():
            self.assertEqual(refusal({"role": "user", "content": parts}).param, place)

    def test_refusal_of_a_user(self) -> None:
        """Only assistants refuse."""
        error = refusal({"role": "user", "content": [{"type": "refusal", "refusal": "No."}]})
        self.assertEqual(error.param, "messages[0].content[0].type")

    def test_pictures_of_others(self) -> None:
        """W34: only users' messages and results hold pictures, and a picture has a URL."""
        image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
        for role in ("system", "developer", "assistant"):
            self.assertEqual(refusal({"role": role, "content": [image]}).param, "messages[0].content[0]")
        for wrong in ({}, {"image_url": None}, {"image_url": {"detail": "low"}}):
            error = refusal({"role": "user", "content": [{"type": "image_url", **wrong}]})
            self.assertEqual(error.param, "messages[0].content[0].image_url.url")
        error = refusal({"role": "user", "content": [{"type": "image_url", "image_url": "http://host/a"}]})
        self.assertEqual(error.param, "messages[0].content[0].image_url")

    def test_old_calls(self) -> None:
        """Calls of functions in the old way and references to audio are refused with their place."""
        for name, value in {"function_call": {"name": "f"}, "audio": {"id": "a"}}.items():
            error = refusal(USER, {"role": "assistant", "content": None, name: value})
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, f"messages[1].{name}")

    def test_echo_is_short(self) -> None:
        """A role without end does not come back whole."""
        self.assertLess(len(refusal({"role": "x" * 10_000, "content": "x"}).message), 300)
