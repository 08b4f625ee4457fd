"""The bodies of OpenAI's API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from clinvoker.dialects.openai_chat import OpenAIChat
from clinvoker.dialects.openai_completions import OpenAICompletions
from clinvoker.dialects.openai_conversations import read_conversation, read_items
from clinvoker.dialects.openai_errors import error_body
from clinvoker.dialects.openai_responses import OpenAIResponses
from clinvoker.dialects.responses_bodies import items_of, response_of, stored
from clinvoker.dialects.responses_joining import joined
from clinvoker.dialects.responses_request import read_request
from clinvoker.errors import ClinvokerError
from clinvoker.model import Finished, Message, Started, Text, TextDelta, Usage
from tests.fuzzing.targets.bodies import BodyTarget, check_asked, loaded, texts_of
from tests.fuzzing.targets.seeds import CHATS, COMPLETIONS, CONVERSATIONS, EXTENSIONS, RESPONSES

ANSWER = (Started("m"), TextDelta("yes"), Finished("stop", Usage(input=1, output=1)))


class OpenAITarget(BodyTarget):
    """One whose errors are OpenAI's."""

    def error(self, error: ClinvokerError) -> bytes:
        return error_body(error)


class Chat(OpenAITarget):
    """`POST /chat/completions`."""

    name = "chat"
    planted = ("clinvoker.dialects.chat_request", "read_messages")

    def read_seeds(self) -> Sequence[Any]:
        return CHATS

    def accept(self, body: bytes) -> None:
        dialect = OpenAIChat()
        asked = dialect.parse(body)
        check_asked(asked)
        if (sent := loaded(body)) is not None and isinstance(sent["messages"], list):
            for role in ("user", "system", "developer"):
                told = "".join(_text(each) for each in sent["messages"] if each.get("role") == role)
                assert texts_of(asked.invocation, role) == told, "a text was lost"
        answer = dialect.renderer(asked, "1", 0)
        told = [answer.feed(ANSWER, choice) for choice in range(min(asked.choices, 128))]
        assert asked.stream or isinstance(json.loads(told[-1]), dict), "the answer is no object"


class Extension(Chat):
    """The keys of `clinvoker`, and that they are refused one by one."""

    name = "extension"
    planted = ("clinvoker.dialects.chat_request", "read_agency")

    def read_seeds(self) -> Sequence[Any]:
        return EXTENSIONS


class Completions(OpenAITarget):
    """`POST /completions`."""

    name = "completions"
    planted = ("clinvoker.dialects.openai_completions", "read_request")

    def read_seeds(self) -> Sequence[Any]:
        return COMPLETIONS

    def accept(self, body: bytes) -> None:
        dialect = OpenAICompletions()
        asked = dialect.parse(body)
        check_asked(asked)
        assert len(asked.each) in (0, asked.choices), "some answers have no question"
        answer = dialect.renderer(asked, "1", 0)
        told = [answer.feed(ANSWER, choice) for choice in range(min(asked.choices, 128))]
        assert asked.stream or asked.choices > 128 or isinstance(json.loads(told[-1]), dict), "no object"


class Responses(OpenAITarget):
    """`POST /responses`, joined with a conversation or with none, kept and read again."""

    name = "responses"
    planted = ("clinvoker.dialects.responses_request", "read_input")

    def read_seeds(self) -> Sequence[Any]:
        return RESPONSES

    def accept(self, body: bytes) -> None:
        asked = read_request(body)
        before = (Message("user", (Text("before"),)),) if asked.previous or asked.conversation else ()
        asked = joined(asked, "1", before)
        check_asked(asked)
        answer = OpenAIResponses().renderer(asked, "1", 0)
        answer.feed(ANSWER)
        record = stored(asked, answer.so_far(), "key", answer.message())
        assert response_of(record).status == "completed", "it is not over"
        assert len(items_of(record)) >= 1, "no item is left"


class Conversations(OpenAITarget):
    """`POST /conversations` and what is added to them."""

    name = "conversations"
    planted = ("clinvoker.dialects.openai_conversations", "read_input")

    def read_seeds(self) -> Sequence[Any]:
        return CONVERSATIONS

    def accept(self, body: bytes) -> None:
        _, items = read_conversation(body, "1")
        for item in items:
            assert json.loads(item.body)["id"] == item.id, "an item has another id"
        read_items(body, "1")


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if not isinstance(content, list):
        return content or ""
    return "".join(part["text"] for part in content if part.get("type") == "text")
