"""A conversation as the program takes it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.conversation import items
from clinvoker.model import Message, Text


class ItemTests(SynchronousTestCase):
    """Messages become items."""

    def test_roles(self) -> None:
        """Every message keeps its place; what the program would drop is said in a role it takes."""
        messages = [Message(role, (Text("x"),)) for role in ("system", "user", "assistant", "developer")]
        self.assertEqual(
            ["developer", "user", "assistant", "developer"], [item["role"] for item in items(messages)]
        )

    def test_parts(self) -> None:
        """Parts stay apart, and are words of the model where the model spoke."""
        (asked, said) = items([Message("user", (Text("a"), Text("b"))), Message("assistant", (Text("c"),))])
        self.assertEqual([{"type": "input_text", "text": text} for text in "ab"], asked["content"])
        self.assertEqual([{"type": "output_text", "text": "c"}], said["content"])

    def test_verbatim(self) -> None:
        """Nothing in a text has a meaning here."""
        for text in (
            "",
            "-x",
            "--help",
            "/clear",
            "@/etc/passwd",
            "!ls",
            "$(id)",
            "a\0b",
            "\u2028",
            "x" * 2_000_000,
        ):
            (item,) = items([Message("user", (Text(text),))])
            self.assertEqual([{"type": "input_text", "text": text}], item["content"])

    def test_half_a_character(self) -> None:
        """Half of a surrogate pair, which the program would not even answer, is replaced."""
        (item,) = items([Message("user", (Text("a\ud83db"),))])
        self.assertEqual([{"type": "input_text", "text": "a?b"}], item["content"])
