"""Tests for the items of a Responses request, and the messages they become."""

from __future__ import annotations

import json

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.responses_items import (
    CallItem,
    MessageItem,
    OutputText,
    ReasoningItem,
    input_id,
    output_id,
    owner_of,
)
from clinvoker.dialects.responses_messages import messages_of
from clinvoker.errors import UnsupportedParameter
from clinvoker.model import (
    Finished,
    Image,
    Message,
    ReasoningDelta,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)
from tests.conformance.schemas import complaints
from tests.dialects.chats import USAGE
from tests.dialects.responses import IDENTITY, body, read, refusal, renderer, request

PICTURE = "data:image/png;base64,AAAA"
ASKED = Message("user", (Text("Hello"),))
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "sunny"}


def easy(text: object = "Hello", role: str = "user") -> dict[str, object]:
    return {"role": role, "content": text}


def said(text: str, item_id: str = "", **more: object) -> dict[str, object]:
    """An assistant's message as it comes back."""
    named = {"id": item_id} if item_id else {}
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "message", "role": "assistant", "status": "completed", "content": [part], **named, **more}


class MessageTests(SynchronousTestCase):
    """W92, W93: messages."""

    def test_text(self) -> None:
        """A string is a message of the user's."""
        self.assertEqual(request(input="Hello").messages, (ASKED,))

    def test_roles(self) -> None:
        """Messages without a type are messages, of any role, in any order."""
        roles = ("user", "system", "developer", "assistant", "user", "user")
        got = read(*(easy("x", role) for role in roles))
        self.assertEqual(tuple(message.role for message in got), roles)

    def test_typed(self) -> None:
        """So are those with one, whose content is parts."""
        parts = [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": PICTURE}]
        [message] = read({"type": "message", "role": "user", "content": parts, "status": "completed"})
        self.assertEqual(message.parts, (Text("a"), Image("image/png", "AAAA")))

    def test_assistant(self) -> None:
        """An assistant's message comes back as it was sent, a refusal as its text, or with nothing."""
        refused = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}
        got = read(said("a"), easy(), refused, easy(), said("", content=[]))
        self.assertEqual([message.text for message in got if message.role == "assistant"], ["a", "no", ""])

    def test_instructions(self) -> None:
        """They are a message of the system's, before all others."""
        got = request(instructions="Be brief.").invocation.messages
        self.assertEqual(got, (Message("system", (Text("Be brief."),)), ASKED))
        self.assertEqual(request(instructions="").invocation.messages, (ASKED,))


class CallTests(SynchronousTestCase):
    """W92: calls and their outputs are items, and become parts of messages."""

    def test_round(self) -> None:
        """A call, its output as a string, and what the model then said."""
        got = read(easy(), CALL, RESULT, said("It is."))
        self.assertEqual(got[1], Message("assistant", (), (ToolCall("c1", "f", '{"a":1}'),)))
        self.assertEqual(got[2], Message("tool", (Text("sunny"),), call_id="c1"))

    def test_one_answer(self) -> None:
        """Text, reasoning and calls of one answer are one message; outputs may come in any order."""
        second = {**CALL, "call_id": "c2"}
        thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}
        got = read(easy(), thought, said("a"), CALL, second, said("b"), {**RESULT, "call_id": "c2"}, RESULT)
        self.assertEqual([message.role for message in got], ["user", "assistant", "tool", "tool"])
        self.assertEqual((got[1].text, [call.id for call in got[1].calls]), ("ab", ["c1", "c2"]))

    def test_two_answers(self) -> None:
        """Two answers in a row are two messages, but parts of one answer, by their ids, are one."""
        self.assertEqual([m.text for m in read(said("a"), said("b"), easy())], ["a", "b", "Hello"])
        ids = [output_id(MessageItem, "x", 0), output_id(MessageItem, "x", 2), output_id(MessageItem, "y", 0)]
        got = read(*(said(text, each) for text, each in zip("abc", ids, strict=True)), easy())
        self.assertEqual([message.text for message in got], ["ab", "c", "Hello"])

    def test_output_parts(self) -> None:
        """An output may be parts, pictures too, or nothing."""
        parts = [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": PICTURE}]
        got = read(easy(), CALL, {**RESULT, "output": parts})
        self.assertEqual(got[2].parts, (Text("a"), Image("image/png", "AAAA")))
        for nothing in ("", []):
            self.assertEqual(read(easy(), CALL, {**RESULT, "output": nothing})[2].parts, (Text(""),))

    def test_arguments(self) -> None:
        """Arguments that are no JSON object are shown as what they are."""
        got = read(easy(), {**CALL, "arguments": "{oops"}, RESULT)
        self.assertEqual(got[1].calls[0].arguments, '{"INVALID_JSON":"{oops"}')

    def test_loose(self) -> None:
        """A call without output and an output without call are refused."""
        for items in ([easy(), CALL], [easy(), RESULT], [easy(), CALL, easy(), RESULT]):
            self.assertEqual(refusal(body(input=items)).param, "input")

    def test_depending(self) -> None:
        """Calls in the conversation need tools, though none is offered now; pictures need eyes."""
        picture = easy([{"type": "input_image", "image_url": PICTURE}])
        asked = request(input=[easy(), CALL, RESULT, picture])
        self.assertEqual(set(asked.depending), {"tools", "images"})
        self.assertEqual(asked.places["images"], "input[3].content[0]")
        output = {**RESULT, "output": picture["content"]}
        self.assertEqual(request(input=[easy(), CALL, output]).places["images"], "input[2].output[0]")


class RefusedTests(SynchronousTestCase):
    def test_places(self) -> None:
        """W80: what is wrong is refused with its place."""
        text, image = {"type": "input_text", "text": "a"}, {"type": "input_image"}
        for place, item in {
            "input[0].role": easy(role="tool"),
            "input[0].content": {"role": "user"},
            "input[0].type": {},
            "input[0].content[1].type": easy([text, {"type": "image_url"}]),
            "input[0].content[0].text": easy([{"type": "input_text"}]),
            "input[0].content[0].image_url": easy([image]),
            "input[0].content[0].file_id": easy([{**image, "file_id": "f"}]),
            "input[0].content[0]": easy([{"type": "input_file", "file_id": "f"}]),
            "input[0].call_id": {**CALL, "call_id": ""},
            "input[0].name": {**CALL, "name": "a b"},
            "input[0].arguments": {**CALL, "arguments": None},
            "input[0].output": {**RESULT, "output": None},
            "input[0].id": {"type": "item_reference", "id": "msg_unknown_0"},
        }.items():
            self.assertEqual(refusal(body(input=[item])).param, place)

    def test_pictures(self) -> None:
        """A picture that is none has a place of its own, in outputs too."""
        for url in ("ftp://x/y.png", "data:image/png;base64,!", "data:text/plain;base64,AAAA"):
            content = [{"type": "input_image", "image_url": url}]
            self.assertEqual(refusal(body(input=[easy(content)])).param, "input[0].content[0].image_url")

    def test_nul(self) -> None:
        """W37: a text must not hold NUL, wherever it stands."""
        for place, fields in {
            "input[0].content": {"input": "a\0"},
            "instructions": {"instructions": "a\0"},
            "input[2].output": {"input": [easy(), CALL, {**RESULT, "output": "\0"}]},
        }.items():
            self.assertEqual(refusal(body(**fields)).param, place)

    def test_hosted(self) -> None:
        """W109: items of OpenAI's own tools are refused by name."""
        for kind in ("web_search_call", "file_search_call", "custom_tool_call", "mcp_call"):
            error = refusal(body(input=[easy(), {"type": kind, "id": "x"}]))
            self.assertIsInstance(error, UnsupportedParameter)
            self.assertEqual(error.param, "input[1].type")
            self.assertIn(kind, error.message)

    def test_nothing(self) -> None:
        """Without a conversation to go on with there must be some input."""
        for nothing in (None, []):
            self.assertEqual(refusal(body(input=nothing)).param, "input")
        self.assertEqual(request([ASKED], input=None).invocation.messages, (ASKED,))


class KeptTests(SynchronousTestCase):
    """Items as they are kept."""

    def test_ids(self) -> None:
        """Those that came without an id get one; it tells where they are kept."""
        items = request(input=[easy(), {**easy(), "id": "msg_mine"}, CALL, RESULT]).items
        self.assertEqual(items[0].id, input_id(MessageItem, IDENTITY, 0))
        self.assertEqual(items[1].id, "msg_mine")
        self.assertEqual([owner_of(item.id) for item in items], [IDENTITY, "", IDENTITY, IDENTITY])
        self.assertEqual(owner_of(output_id(CallItem, "a_b-c", 7)), "a_b-c")

    def test_schema(self) -> None:
        """W108: each is one by OpenAI's schema."""
        picture = {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"}
        thought = {"type": "reasoning", "summary": [], "encrypted_content": "x"}
        given = [easy(), easy([picture]), thought, said("a"), CALL, {**RESULT, "output": [picture]}]
        for item in request(input=given).items:
            self.assertEqual(complaints("ItemResource", json.loads(msgspec.json.encode(item))), [])

    def test_references(self) -> None:
        """W92: a reference stands for the item that is kept."""
        kept = {
            "m": MessageItem(id="m", role="assistant", content=(OutputText("Hi"),)),
            "r": ReasoningItem(id="r"),
        }
        asked = request(kept=kept, input=[{"id": "r"}, {"type": "item_reference", "id": "m"}, easy()])
        self.assertEqual([message.text for message in asked.messages], ["Hi", "Hello"])
        self.assertEqual([item.id for item in asked.items], ["r", "m", input_id(MessageItem, IDENTITY, 2)])

    def test_answers_come_back(self) -> None:
        """The items of an answer, read again, are the message that is kept of it."""
        happened = (
            ReasoningDelta("hm"),
            TextDelta("a"),
            ReasoningDelta("so"),
            TextDelta("b"),
            ToolCallStarted("c1", "f"),
            ToolCallDelta("c1", '{"a":1}'),
            ToolCallStarted("c2", "g"),
            Finished("tool_calls", USAGE),
        )
        answer = renderer(stream=True)
        answer.feed(happened)
        [message] = messages_of((item, "") for item in answer.output())
        kept = answer.message()
        self.assertEqual((message.text, message.calls), (kept.text, kept.calls))
