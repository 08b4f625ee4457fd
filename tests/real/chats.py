"""
Conversations with tools, as clients write them, and the case of tests that hold them.
"""

from __future__ import annotations

from typing import Any

from tests.real.exchanged import Exchanged, exchanged, session
from tests.real.rigs import OneProgram

Json = dict[str, Any]

WEATHER: Json = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "which"}},
    "required": ["city"],
}
COUNTING = ("countTokens", "count_tokens")
# Two by two pixels.
PIXELS = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAADklEQVR4AWNwAAMGCAUAFQ4DAYfVmFgAAAAASUVORK5CYII="
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXELS}"}}


def tool(name: str = "get_weather", parameters: Json | None = WEATHER) -> Json:
    """A tool as the client offers it; None: without `parameters`."""
    function: Json = {"name": name, "description": f"Does {name}."}
    if parameters is not None:
        function["parameters"] = parameters
    return {"type": "function", "function": function}


def user(content: Any) -> Json:
    """The user's message."""
    return {"role": "user", "content": content}


def result(call: Any, content: Any) -> Json:
    """The result of a call."""
    return {"role": "tool", "tool_call_id": call.id, "content": content}


class ConversationCase(OneProgram):
    """To be mixed into a `RealTestCase`: conversations with one program."""

    def setUp(self) -> None:
        """Each test sees its own requests only."""
        super().setUp()
        self.provider.forget()

    def chat(self, messages: list[Json], client: Any = None, **more: Any) -> Any:
        """The only choice of the answer to a conversation."""
        client = client or self.client
        asked = {"model": self.backend, "messages": messages, **more}
        [choice] = client.chat.completions.create(**asked).choices
        return choice

    def calls(self, choice: Any) -> list[tuple[str, str]]:
        """The names and arguments of an answer that only calls."""
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", None))
        return [(call.function.name, call.function.arguments) for call in choice.message.tool_calls]

    def entries(self) -> list[Json]:
        """What the provider was asked to answer; gemini's program lets pictures be counted before."""
        return [entry for entry in self.provider.entries() if not entry["path"].endswith(COUNTING)]

    def received(self) -> list[Exchanged]:
        """The same, read."""
        return [exchanged(entry) for entry in self.entries()]

    def sessions(self) -> int:
        """How many sessions of the program asked for it."""
        return len({session(entry) for entry in self.entries()})
