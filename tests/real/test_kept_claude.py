"""
Conversations that go on where they are, or are told anew: the model is told the same.

Each is made from its number alone.  Every question is asked twice: the first request finds the conversation
at rest where the last answer left it, the second finds none.
"""

from __future__ import annotations

import os
from typing import Any

from tests.real.chats import PICTURE, ConversationCase, Json, user
from tests.real.exchanged import Exchanged, exchanged, session
from tests.real.rigs import RealTestCase
from tests.real.test_warm_and_cold import TOOLS, WORDS, Conversation

CONVERSATIONS = int(os.environ.get("CLINVOKER_TEST_CONVERSATIONS", "5"))
ANSWERS = (
    "plain",
    "two\\nlines",
    " blanks  within  ",
    "<b>&amp;</b>",
    "h\u00e9llo \u4e16\u754c",
    "# title\\n\\n- item",
    "tail \\n",
)


class Questions(Conversation):
    """The client's side, where answers are of many shapes."""

    def ask(self) -> None:
        """The user's next message: mostly one that is answered in words."""
        if self._random.random() < 0.3:
            return super().ask()
        thought = "!think hm hm\n" if self._random.random() < 0.3 else ""
        text = f"{thought}!say {self._random.choice(ANSWERS)}\n{self._random.choice(WORDS)}"
        parts = [{"type": "text", "text": text}, *([PICTURE] if self._random.random() < 0.2 else [])]
        self.messages.append(user(parts if self._random.random() < 0.5 else text))
        return None


class ClaudeKept(ConversationCase, RealTestCase):
    """Claude Code."""

    backend = "claude"

    def answer(self, messages: list[Json]) -> tuple[Any, Exchanged, str]:
        """The model's message, what it was told, and in which process."""
        self.provider.forget()
        message = self.chat(messages, tools=TOOLS).message
        [entry] = self.entries()
        return message, exchanged(entry), session(entry)

    def converse(self, number: int) -> int:
        """A conversation of some questions; how often one went on in its process."""
        conversation, stayed, process = Questions(number), 0, ""
        for _ in range(4):
            conversation.ask()
            message, warm, asked = self.answer(conversation.messages)
            again, cold, _ = self.answer(conversation.messages)
            self.assertEqual((message.content, warm), (again.content, cold), conversation.messages)
            stayed, process = stayed + (asked == process), asked
            while message.tool_calls:
                conversation.messages += [message.to_dict(), *conversation.results(message)]
                message, _, process = self.answer(conversation.messages)
            conversation.messages.append(message.to_dict())
        return stayed

    def test_the_same(self) -> None:
        """Whatever the conversation, the provider receives the same messages and tools by both ways."""
        stayed = sum(self.converse(number) for number in range(CONVERSATIONS))
        self.assertGreaterEqual(stayed, CONVERSATIONS)
