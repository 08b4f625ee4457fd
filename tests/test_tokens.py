"""How tokens are estimated."""

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Image, Invocation, Message, Output, Text, Tool, ToolCall, Tools
from clinvoker.tokens import OF_A_MESSAGE, OF_A_PICTURE, estimate, of_invocation

ASK = (Message("user", (Text("hello"),)),)


class EstimateTests(SynchronousTestCase):
    def test_text(self) -> None:
        """Four bytes are a token, a part of one is one; halves of pairs count too."""
        self.assertEqual([0, 1, 1, 2], [estimate(text) for text in ("", "a", "abcd", "abcde")])
        self.assertEqual([1, 1, 2], [estimate(text) for text in ("\U0001f600", "\ud83d", "\u00e9\u00e9a")])

    def test_invocation(self) -> None:
        """Text, pictures, calls, tools and the schema of the answer are counted."""
        self.assertEqual(2 + OF_A_MESSAGE, of_invocation(Invocation(model="", messages=ASK)))
        seen = (Message("user", (Text("hello"), Image("image/png", "AAAA"))),)
        self.assertEqual(2 + OF_A_MESSAGE + OF_A_PICTURE, of_invocation(Invocation(model="", messages=seen)))
        called = (*ASK, Message("assistant", (), (ToolCall("c", "f", '{"a":1}'),)))
        self.assertEqual(2 + 2 * OF_A_MESSAGE + 1 + 2, of_invocation(Invocation(model="", messages=called)))

    def test_grows(self) -> None:
        """A tool more is more, and so is a schema."""
        least = of_invocation(Invocation(model="", messages=ASK))
        tools = Tools(offered=(Tool("f", "Does f.", {"type": "object"}),))
        self.assertGreater(of_invocation(Invocation(model="", messages=ASK, tools=tools)), least + 5)
        output = Output(kind="json_schema", schema={"type": "object"})
        self.assertGreater(of_invocation(Invocation(model="", messages=ASK, output=output)), least)
