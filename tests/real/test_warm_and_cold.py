"""
Results go to a turn that waits for them, or into a new one: the model is told the same.

Each conversation is made from its number alone.  Wherever results are brought, they are brought twice:
the first request finds the turn that waits, the second finds none.
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any

from tests.real.chats import PICTURE, ConversationCase, Json, result, tool, user
from tests.real.exchanged import Exchanged, exchanged, session
from tests.real.rigs import RealTestCase

CONVERSATIONS = int(os.environ.get("CLINVOKER_TEST_CONVERSATIONS", "5"))  # for each program
TOOLS = [tool(), tool("get_time", None), tool("look-up", {"type": "object", "properties": {}})]
CITIES = ("Oslo", "Z\u00fcrich", "\u5317\u4eac", 'a "quoted" \\ place', "\U0001f600")
WORDS = ("plain", "two\nlines", "<b>&amp;</b>", "  blanks ", "h\u00e9llo \u4e16\u754c", "# title\n\n- item")
RESULTS: tuple[Any, ...] = (
    "12 degrees",
    '{"temperature": 12, "unit": "C"}',
    "\u00e5tta\n\u516b",
    [{"type": "text", "text": "first"}, {"type": "text", "text": "second"}],
    [{"type": "text", "text": "this is how it looks"}, PICTURE],
)


class Conversation:
    """The client's side: what is asked, what tools answer, and what is changed afterwards."""

    def __init__(self, number: int) -> None:
        self._random = Random(number)
        self.messages: list[Json] = []
        if self._random.random() < 0.5:
            self.messages.append({"role": "system", "content": self._random.choice(WORDS)})

    def ask(self) -> None:
        """The user's next message: calls, at first and perhaps again after their results."""
        said = f"!say {self._random.choice(CITIES)}\n" if self._random.random() < 0.4 else ""
        thought = "!think hm hm\n" if self._random.random() < 0.3 else ""
        calls = "".join(f"!{self._call()}\n" for _ in range(self._random.choice((1, 1, 2, 3))))
        again = f"!next {self._call()}\n" if self._random.random() < 0.3 else ""
        text = said + thought + calls + again + self._random.choice(WORDS)
        with_picture = [{"type": "text", "text": text}, PICTURE]
        self.messages.append(user(with_picture if self._random.random() < 0.3 else text))

    def results(self, message: Any) -> list[Json]:
        """One for each call, in some order."""
        brought = [result(call, self._random.choice(RESULTS)) for call in message.tool_calls]
        self._random.shuffle(brought)
        return brought

    def change(self) -> None:
        """Perhaps edit an earlier message of the user's, or go back and go on from there."""
        asked = [index for index, message in enumerate(self.messages) if message["role"] == "user"]
        chosen = self._random.choice(asked)
        change = self._random.random()
        if change < 0.25:
            self.messages[chosen] = user("!say edited\n" + self._random.choice(WORDS))
        elif change < 0.5:
            del self.messages[chosen:]

    def _call(self) -> str:
        if self._random.random() < 0.3:
            return "tool get_time"
        arguments = json.dumps({"city": self._random.choice(CITIES)}, ensure_ascii=False)
        return f"tool {self._random.choice(('get_weather', 'look-up'))} {arguments}"


class WarmAndColdTests(ConversationCase):
    """What holds for every program."""

    def same_session(self, results: list[Json]) -> tuple[bool | None, bool | None]:
        """
        Whether the session that called goes on with the first request, and with the second; None where
        it may.
        """
        return True, False

    def answer(self, messages: list[Json]) -> tuple[Any, Exchanged, str]:
        """The model's message, what it was told, and in which session of the program."""
        self.provider.forget()
        choice = self.chat(messages, tools=TOOLS)
        [entry] = self.entries()
        return choice.message, exchanged(entry), session(entry)

    def converse(self, conversation: Conversation) -> int:
        """One question and all that follows from it; how often results were brought."""
        brought = 0
        conversation.ask()
        message, _, asking = self.answer(conversation.messages)
        while message.tool_calls:
            results = conversation.results(message)
            conversation.messages += [message.to_dict(), *results]
            message, warm, went_on = self.answer(conversation.messages)
            again, cold, anew = self.answer(conversation.messages)
            self.assertEqual(warm, cold, conversation.messages)
            for there, same in zip((went_on, anew), self.same_session(results), strict=True):
                self.assertIn(same, (None, there == asking))
            asking = went_on
            self.assertEqual(message.content, again.content)
            brought += 1
        conversation.messages.append(message.to_dict())
        return brought

    def test_the_same(self) -> None:
        """Whatever the conversation, the provider receives the same messages and tools by both ways."""
        brought = 0
        for number in range(CONVERSATIONS):
            conversation = Conversation(number)
            for _ in range(1 + number % 3):
                brought += self.converse(conversation)
                conversation.change()
        self.assertGreaterEqual(brought, CONVERSATIONS)


class ClaudeWarmAndCold(WarmAndColdTests, RealTestCase):
    """Claude Code."""

    backend = "claude"

    def same_session(self, results: list[Json]) -> tuple[bool | None, bool | None]:
        """Pictures of tools go into a new session, perhaps that of the same process, blank again."""
        pictures = PICTURE in [part for each in results for part in each["content"]]
        return (None, None) if pictures else (True, False)


class CodexWarmAndCold(WarmAndColdTests, RealTestCase):
    """Codex CLI."""

    backend = "codex"


class GeminiWarmAndCold(WarmAndColdTests, RealTestCase):
    """Gemini CLI, whose turns never wait, and whose sessions no provider is told of: all is cold."""

    backend = "gemini"

    def same_session(self, results: list[Json]) -> tuple[bool | None, bool | None]:
        """They cannot be told apart."""
        return True, True
