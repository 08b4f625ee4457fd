"""Tests for conversations in Anthropic's format."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.errors import UnsupportedParameter
from clinvoker.model import Image, Message, Text, ToolCall
from tests.dialects.messages import (
    PIXEL,
    USER,
    assistant,
    call,
    image,
    invocation,
    read,
    refusal,
    refused,
    result,
    text,
    user,
)

CALL = ToolCall("c1", "get_weather", '{"city":"Oslo"}')
EPHEMERAL = {"type": "ephemeral"}
WITH_CALLS = Message("assistant", (), (CALL,))


class TextTests(SynchronousTestCase):
    """W111: contents as strings and as blocks."""

    def test_content(self) -> None:
        """A string is one part, blocks are as many."""
        messages = invocation(
            USER, {"role": "assistant", "content": "Hi"}, user(text("a"), text("b"))
        ).messages
        expected = (
            Message("user", (Text("Hello"),)),
            Message("assistant", (Text("Hi"),)),
            Message("user", (Text("a"), Text("b"))),
        )
        self.assertEqual(messages, expected)

    def test_neighbours(self) -> None:
        """Neighbours of one role are one turn."""
        messages = invocation(
            user(text("a")), user(text("b")), assistant(text("c")), assistant(text("d"))
        ).messages
        self.assertEqual([message.text for message in messages], ["ab", "cd"])

    def test_system(self) -> None:
        """The system text goes first, as a string or as blocks; an empty one says nothing."""
        for system in ("Be brief.", [text("Be "), text("brief.", cache_control=EPHEMERAL)]):
            self.assertEqual(invocation(USER, system=system).messages[0].role, "system")
            self.assertEqual(invocation(USER, system=system).messages[0].text, "Be brief.")
        self.assertEqual(len(invocation(USER, system="").messages), 1)
        self.assertEqual(refusal(system=[image()]).param, "system[0]")

    def test_system_among_messages(self) -> None:
        """Messages of role system keep their place: Claude Code sends some."""
        messages = invocation(USER, {"role": "system", "content": [text("Now.")]}, assistant(text("a")), USER)
        self.assertEqual(
            [message.role for message in messages.messages], ["user", "system", "assistant", "user"]
        )

    def test_places(self) -> None:
        """What is wrong is named by its place."""
        wrong = {
            "messages[0].role": {"content": "a"},
            "messages[0].content": {"role": "user"},
            "messages[0].content[0].type": user({"text": "a"}),
            "messages[0].content[1].text": user(text(), {"type": "text"}),
        }
        for place, message in wrong.items():
            self.assertEqual(refused(message), place)
        self.assertEqual(refused({"role": "tool", "content": "a"}), "messages[0].role")
        self.assertEqual(refused(user(text("a\0b"))), "messages[0].content[0].text")
        self.assertEqual(refused({"role": "user", "content": "a\0b"}), "messages[0].content")
        self.assertEqual(refused({"role": "system", "content": [text(), image()]}), "messages[0].content[1]")

    def test_nothing(self) -> None:
        """A message that says nothing is refused; an answer may have said nothing."""
        self.assertEqual(refused(user()), "messages[0].content")
        self.assertEqual(refused(USER, {"role": "system", "content": ""}), "messages[1].content")
        self.assertEqual(invocation(USER, assistant(), USER).messages[1], Message("assistant", ()))


class ThoughtTests(SynchronousTestCase):
    def test_thoughts(self) -> None:
        """Thoughts come back, are accepted, are told to no model, and are named."""
        thoughts = [{"type": "thinking", "thinking": "hm", "signature": ""}, {"type": "redacted_thinking"}]
        asked = read(messages=[USER, assistant(*thoughts, text("a")), USER])
        self.assertEqual(asked.invocation.messages[1].parts, (Text("a"),))
        self.assertEqual(asked.ignored, ("messages[].content[].thinking",))


class ImageTests(SynchronousTestCase):
    def test_images(self) -> None:
        """Pictures as base64 and by URL, in messages and in results."""
        url = "https://example.com/a.png"
        parts = invocation(user(image(), image(type="url", url=url))).messages[0].parts
        self.assertEqual(parts, (Image("image/png", PIXEL), Image(url=url)))
        messages = invocation(USER, assistant(call()), user(result(content=[image()]))).messages
        self.assertEqual(messages[-1].parts, (Image("image/png", PIXEL),))

    def test_named(self) -> None:
        """Where a backend takes none, the place of the first is known."""
        asked = read(messages=[USER, assistant(call()), user(result(content=[text(), image()]))])
        self.assertIn("images", asked.depending)
        self.assertEqual(asked.places["images"], "messages[2].content[0].content[1]")

    def test_wrong(self) -> None:
        """Other sources, other types, and what is no base64, are refused with the place."""
        wrong = {
            "source.type": ({"type": "file", "file_id": "f"}, {"url": "x"}),
            "source.data": (
                {"type": "base64", "media_type": "image/png", "data": "?"},
                {"type": "base64", "media_type": "text/html", "data": PIXEL},
                {"type": "base64", "media_type": "image/png"},
            ),
            "source.media_type": ({"type": "base64", "data": PIXEL},),
            "source.url": ({"type": "url"}, {"type": "url", "url": "file:///etc/passwd"}),
        }
        for place, sources in wrong.items():
            for source in sources:
                self.assertEqual(refused(user(image(**source))), f"messages[0].content[0].{place}")
        self.assertEqual(refused(user({"type": "image"})), "messages[0].content[0].source.type")


class DocumentTests(SynchronousTestCase):
    def document(self, source: object, **more: object) -> dict[str, object]:
        return {"type": "document", "source": source, **more}

    def test_text(self) -> None:
        """Documents whose text is there are read, title first."""
        plain = {"type": "text", "media_type": "text/plain", "data": "Once."}
        parts = invocation(user(self.document(plain, title="A tale"))).messages[0].parts
        self.assertEqual(parts, (Text("A tale\n\n"), Text("Once.")))
        blocks = {"type": "content", "content": [text("a"), image()]}
        parts = invocation(user(self.document(blocks))).messages[0].parts
        self.assertEqual(parts, (Text("a"), Image("image/png", PIXEL)))

    def test_refused(self) -> None:
        """Files are refused by name, and so are the blocks of tools that are not the client's."""
        for kind in ("base64", "url", "file"):
            error = refusal(messages=[user(self.document({"type": kind}))])
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, "messages[0].content[0].source.type")
        for block in (
            {"type": "server_tool_use", "input": {}},
            {"type": "web_search_tool_result", "content": {}},
        ):
            error = refusal(messages=[USER, assistant(block)])
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, "messages[1].content[0].type")
        self.assertEqual(refused(user({"type": "song"})), "messages[0].content[0].type")

    def test_citations(self) -> None:
        """That the model is to cite has no effect, and is named."""
        plain = {"type": "text", "media_type": "text/plain", "data": "Once."}
        asked = read(messages=[user(self.document(plain, citations={"enabled": True}))])
        self.assertEqual(asked.ignored, ("messages[].content[].citations",))


class CallTests(SynchronousTestCase):
    """Calls and their results."""

    def test_history(self) -> None:
        """W111: a call becomes one of ours, its result a message; text after the results stays there."""
        messages = invocation(USER, assistant(text("Well."), call()), user(text("So?"), result())).messages
        self.assertEqual(messages[1], Message("assistant", (Text("Well."),), (CALL,)))
        self.assertEqual(messages[2], Message("tool", (Text("sunny"),), call_id="c1"))
        self.assertEqual(messages[3], Message("user", (Text("So?"),)))

    def test_contents(self) -> None:
        """A result is a string, blocks, or nothing."""
        for content, parts in (("a", (Text("a"),)), ([text("a")], (Text("a"),)), (None, ()), ([], ())):
            messages = invocation(USER, assistant(call()), user(result(content=content))).messages
            self.assertEqual(messages[-1], Message("tool", parts, call_id="c1"))

    def test_failed(self) -> None:
        """That a call failed is told in words."""
        messages = invocation(USER, assistant(call()), user(result(is_error=True))).messages
        self.assertEqual(messages[-1].text, "The call failed.\nsunny")
        messages = invocation(USER, assistant(call()), user(result(is_error=False))).messages
        self.assertEqual(messages[-1].text, "sunny")

    def test_several(self) -> None:
        """Results of several calls, spread over neighbouring messages."""
        calls = assistant(call("c1"), call("c2"))
        messages = invocation(USER, calls, user(result("c2"), text("a")), user(result("c1"))).messages
        self.assertEqual([message.call_id for message in messages[2:]], ["c2", "c1", ""])

    def test_references(self) -> None:
        """A result can say that a tool has been found."""
        reference = {"type": "tool_reference", "tool_name": "get_weather"}
        messages = invocation(USER, assistant(call()), user(result(content=[reference]))).messages
        self.assertEqual(messages[-1].text, "The tool 'get_weather' can be called now.")

    def test_wrong(self) -> None:
        """Calls without results, results without calls, calls that are none: each named by its place."""
        wrong = {
            "messages[1].content[0]": (USER, assistant(call()), USER),
            "messages[0].content[0].tool_use_id": (user(result()),),
            "messages[2].content[1].tool_use_id": (USER, assistant(call()), user(result(), result())),
            "messages[1].content[1].id": (USER, assistant(call(), call())),
            "messages[1].content[0].input": (USER, assistant(call(input=None))),
            "messages[1].content[0].name": (USER, assistant(call(name="a b"))),
            "messages[0].content[0].type": (user(call()),),
            "messages[1].content[0].type": (USER, assistant(result())),
            "messages[2].content[0].content": (USER, assistant(call()), user(result(content={"a": 1}))),
        }
        for place, messages in wrong.items():
            self.assertEqual(refused(*messages), place)
        self.assertEqual(refused(USER, assistant(call())), "messages[1].content[0]")
        self.assertEqual(refused(USER, assistant(call(input=[]))), "messages[1].content[0].input")

    def test_instruction_between(self) -> None:
        """Nothing may stand between a call and its result, an instruction neither."""
        system = {"role": "system", "content": "Now."}
        self.assertEqual(refused(USER, assistant(call()), system, user(result())), "messages[1].content[0]")
        roles = [
            message.role for message in invocation(USER, assistant(call()), user(result()), system).messages
        ]
        self.assertEqual(roles, ["user", "assistant", "tool", "system"])
