"""A conversation as the program takes it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.backends.codex.conversation import items, remote_image
from clinvoker.model import Image, Message, Text, ToolCall


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


class CallTests(SynchronousTestCase):
    """Calls and results become items."""

    def test_calls(self) -> None:
        """The text comes first, then each call, its arguments as the model wrote them."""
        calls = (ToolCall("c1", "look", '{"a" : 1}'), ToolCall("c2", "look", "{}"))
        said, one, two = items([Message("assistant", (Text("so"),), calls)])
        self.assertEqual("message", said["type"])
        expected = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"a" : 1}'}
        self.assertEqual((expected, "c2"), (one, two["call_id"]))

    def test_no_text(self) -> None:
        """A message that is only calls has no empty text; one without either has its place."""
        (only,) = items([Message("assistant", (), (ToolCall("c1", "look", "{}"),))])
        self.assertEqual("function_call", only["type"])
        (empty,) = items([Message("assistant", ())])
        self.assertEqual("message", empty["type"])

    def test_results(self) -> None:
        """One text is a string, many parts are a list, nothing is an empty string."""
        picture = Image("image/png", "AAAA")
        shown = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "high"}
        for parts, output in (
            ((Text("a"),), "a"),
            ((), ""),
            ((Text("a"), Text("b")), [{"type": "input_text", "text": text} for text in "ab"]),
            ((picture,), [shown]),
        ):
            (item,) = items([Message("tool", parts, call_id="c1")])
            expected = {"type": "function_call_output", "call_id": "c1", "output": output}
            self.assertEqual(expected, item)

    def test_order_of_results(self) -> None:
        """Results come in the order of their calls, whatever the client's."""
        calls = tuple(ToolCall(name, "look", "{}") for name in "abc")
        results = [Message("tool", (Text(name),), call_id=name) for name in "cab"]
        made = items([Message("assistant", (), calls), *results, Message("user", (Text("go"),))])
        outputs = [item["output"] for item in made if item["type"] == "function_call_output"]
        self.assertEqual((["a", "b", "c"], "message"), (outputs, made[-1]["type"]))

    def test_foreign_names(self) -> None:
        """Calls of tools that are offered no more, by ids of anybody's, are told in words it takes."""
        call = ToolCall("x" * 80, "mcp__a__b", "{}")
        made, result = items(
            [Message("assistant", (), (call,)), Message("tool", (Text("r"),), call_id="x" * 80)]
        )
        self.assertEqual(made["call_id"], result["call_id"])
        self.assertNotIn("mcp__", str(made["name"]))


class PictureTests(SynchronousTestCase):
    """Pictures."""

    def test_data(self) -> None:
        """A picture that is here goes in as a data URL, at its place among the parts."""
        (item,) = items([Message("user", (Image("image/png", "AAAA"), Text("what?")))])
        picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
        self.assertEqual([picture, {"type": "input_text", "text": "what?"}], item["content"])

    def test_elsewhere(self) -> None:
        """The first message with a picture that lies elsewhere is named."""
        here, there = Image("image/png", "AAAA"), Image(url="https://example.com/a.png")
        self.assertIsNone(remote_image([Message("user", (here,))]))
        self.assertEqual(1, remote_image([Message("user", (here,)), Message("user", (here, there))]))
