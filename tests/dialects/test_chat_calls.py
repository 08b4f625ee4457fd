"""Tests for calls and their results in the history."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.chat_request import read_request
from clinvoker.model import Image, Message, Text, ToolCall
from tests.dialects.chats import USER, body, call, calling, refusal, result


def read(*messages: object) -> tuple[Message, ...]:
    """What the messages are read as."""
    return read_request(body(messages=list(messages))).invocation.messages


def place(*messages: object) -> str | None:
    """The place for which the messages are refused."""
    return refusal(body(messages=list(messages))).param


def arguments(said: str) -> str:
    """What a call's arguments are read as."""
    return read(USER, calling(call(arguments=said)), result())[1].calls[0].arguments


class ReadTests(SynchronousTestCase):
    def test_round(self) -> None:
        """W32, W51: a call without text, and its result."""
        got = read(USER, calling(call("any id/=+", "f", '{"a": "ü"}')), result("any id/=+", "sunny"))
        self.assertEqual(got[1], Message("assistant", (), (ToolCall("any id/=+", "f", '{"a": "ü"}'),)))
        self.assertEqual(got[2], Message("tool", (Text("sunny"),), call_id="any id/=+"))

    def test_several(self) -> None:
        """W32: several calls with text before them, results in any order, round after round."""
        first = {**calling(call("a"), call("b", "g")), "content": "Let me see."}
        got = read(USER, first, result("b"), result("a"), calling(call("a")), result("a"), USER)
        self.assertEqual(got[1].text, "Let me see.")
        self.assertEqual([each.id for each in got[1].calls], ["a", "b"])
        self.assertEqual([each.call_id for each in got], ["", "", "b", "a", "", "a", ""])

    def test_parts(self) -> None:
        """W32: a result may be parts, of which some may be pictures; it may be an empty text."""
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
        sent = result(content=[{"type": "text", "text": "a"}, picture])
        got = read(USER, calling(call()), sent)
        self.assertEqual(got[2].parts, (Text("a"), Image("image/png", "AAAA")))
        self.assertEqual(read(USER, calling(call()), result(content=""))[2].text, "")

    def test_depending(self) -> None:
        """A conversation with calls needs tools, though none is offered now."""
        asked = read_request(body(messages=[USER, calling(call()), result()]))
        self.assertEqual(asked.depending, ("tools",))


class ArgumentTests(SynchronousTestCase):
    def test_kept(self) -> None:
        """W50: the text of an object is kept to the letter."""
        for said in (
            "{}",
            ' {"b":1,  "a":"\\u00fc"}\n',
            '{"deep": {"x": [null]}}',
        ):
            self.assertEqual(arguments(said), said)

    def test_empty(self) -> None:
        """W49: arguments that are empty are those of an empty object."""
        for said in ("", "  ", "\n"):
            self.assertEqual(arguments(said), "{}")

    def test_no_object(self) -> None:
        """What is no object is put into one, so that every program can be told of it."""
        for said, shown in {
            "not json": '{"INVALID_JSON":"not json"}',
            '{"a": ': '{"INVALID_JSON":"{\\"a\\": "}',
            "[1]": '{"INVALID_JSON":"[1]"}',
            "null": '{"INVALID_JSON":"null"}',
            '{"a": NaN}': '{"INVALID_JSON":"{\\"a\\": NaN}"}',
            '"\\ud83d"': '{"INVALID_JSON":"\\"\\\\ud83d\\""}',
        }.items():
            self.assertEqual(arguments(said), shown)
        self.assertTrue(arguments("[" * 100_000).startswith('{"INVALID_JSON":"[[['))


class RefusedTests(SynchronousTestCase):
    def test_arguments(self) -> None:
        """W48: arguments are a JSON string, not an object."""
        for wrong in ({}, None, 1):
            sent = call()
            sent["function"] = {"name": "f", "arguments": wrong}
            expected = "messages[0].tool_calls[0].function.arguments"
            self.assertEqual(place(calling(sent), result()), expected)

    def test_broken_calls(self) -> None:
        """A call without its id, type or name, or of another type, is named by its place."""
        at = "messages[0].tool_calls[0]"
        for where, fields in {
            f"{at}.id": {"id": None},
            f"{at}.type": {"type": "custom"},
            f"{at}.function.name": {"function": {"arguments": "{}"}},
        }.items():
            self.assertEqual(place(calling({**call(), **fields}), result()), where)
        self.assertEqual(place(calling({**call(), "type": None}), result()), f"{at}.type")
        self.assertEqual(place(calling({**call(), "id": "a\0"}), result()), f"{at}.id")
        self.assertEqual(place(calling(call(name="a b")), result()), f"{at}.function.name")

    def test_same_id(self) -> None:
        """Two calls of one message have two ids."""
        self.assertEqual(place(calling(call(), call()), result()), "messages[0].tool_calls[1].id")

    def test_result_without_call(self) -> None:
        """A result answers a call of the assistant's message right before it, and answers it once."""
        for messages, index in (
            ([result()], 0),
            ([USER, result()], 1),
            ([calling(call("a")), result("b")], 1),
            ([calling(call()), result(), result()], 2),
            ([calling(call()), result(), USER, result()], 3),
        ):
            self.assertEqual(place(*messages), f"messages[{index}].tool_call_id")

    def test_result_without_id(self) -> None:
        """A result says whose it is, and something."""
        for call_id in (None, ""):
            sent = {**result(), "tool_call_id": call_id}
            self.assertEqual(place(calling(call()), sent), "messages[1].tool_call_id")
        self.assertEqual(place(calling(call()), result(content=None)), "messages[1].content")

    def test_call_without_result(self) -> None:
        """Each call is followed by its result, as providers demand."""
        both = calling(call("a"), call("b"))
        for messages in ([both], [both, result("a")], [both, result("a"), USER], [both, USER, result("a")]):
            self.assertIn(place(*messages), ("messages[0].tool_calls[0]", "messages[0].tool_calls[1]"))
        self.assertEqual(place(both, result("a"), calling(call())), "messages[0].tool_calls[1]")

    def test_calls_of_others(self) -> None:
        """Only assistants call."""
        for role in ("user", "system", "developer"):
            sent = {"role": role, "content": "a", "tool_calls": [call()]}
            self.assertEqual(place(sent), "messages[0].tool_calls")
