"""What the tests of Anthropic's API with the real programs need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anthropic import Anthropic
from pydantic import BaseModel

from tests.real.chats import PIXELS, WEATHER
from tests.real.rigs import RealTestCase

Json = dict[str, Any]

CALL = '!tool get_weather {"city":"Oslo"}'
SAID = "Tool said: sun in Oslo"
JSON = '!json {"n":3,"why":"so"}'
TOOL: Json = {"name": "get_weather", "description": "The weather of a city.", "input_schema": WEATHER}
PICTURE: Json = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXELS}}


class Answer(BaseModel):
    """A number, and why."""

    n: int
    why: str


ANSWER = Answer(n=3, why="so")


def user(content: Any) -> Json:
    """The user's message."""
    return {"role": "user", "content": content}


class AnthropicCase(RealTestCase):
    """A daemon with all programs, and the official client."""

    def setUp(self) -> None:
        """Each test sees its own requests only."""
        super().setUp()
        self.provider.forget()
        self.api = self.connected()

    def connected(self, path: str = "/anthropic", **settings: Any) -> Anthropic:
        """A client, which does not ask twice by itself unless told."""
        settings = {"api_key": "unused", "max_retries": 0, "timeout": 60.0, **settings}
        api = Anthropic(base_url=self.daemon.url + path, **settings)
        self.addCleanup(api.close)
        return api

    def models(self) -> Iterator[str]:
        """One after the other; each sees its own requests only."""
        for name in self.programs:
            self.provider.forget()
            yield name

    def create(self, model: str, content: Any, **more: Any) -> Any:
        """One user message, answered whole."""
        asked: Json = {"model": model, "max_tokens": 2000, "messages": [user(content)], **more}
        return self.api.messages.create(**asked)

    def said(self, message: Any) -> list[tuple[str, Any]]:
        """Type and text, or input, of each block."""
        fields = {"text": "text", "thinking": "thinking", "tool_use": "input"}
        return [(block.type, getattr(block, fields[block.type])) for block in message.content]
