"""What the tests of tools and of structured answers with the real Codex CLI need."""

from __future__ import annotations

from typing import Any

from tests.real.rigs import OneProgram, RealTestCase

Json = dict[str, Any]

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "which"}},
    "required": ["city"],
}
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAADklEQVR4AWNwAAMGCAUAFQ4DAYfV"
    "mFgAAAAASUVORK5CYII="
)
LOOK = {"type": "image_url", "image_url": {"url": PICTURE}}


def tool(name: str = "get_weather", parameters: Json | None = WEATHER) -> Json:
    """A tool as the client offers it."""
    function: Json = {"name": name, "description": f"Does {name}."}
    return {
        "type": "function",
        "function": {**function, **({"parameters": parameters} if parameters else {})},
    }


def user(content: Any) -> Json:
    """The user's message."""
    return {"role": "user", "content": content}


def result(call: Any, content: Any) -> Json:
    """The result of a call."""
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def said(entry: Json) -> list[Json]:
    """
    The conversation in what the provider received, without what says nothing to a model: ids and states of
    items, and the empty list of annotations that the program sends back where it was given one.
    """
    items = [item for item in entry["body"]["input"] if item["type"] != "additional_tools"]
    return [_without(item, "id", "status") for item in items]


def _without(item: Json, *names: str) -> Json:
    kept = {key: value for key, value in item.items() if key not in names}
    if isinstance(kept.get("content"), list):
        kept["content"] = [_without(part, "annotations") for part in kept["content"]]
    return kept


def offered(entry: Json) -> list[Json]:
    """The tools in what the provider received; most models are given them among the messages."""
    body = entry["body"]
    more = [item["tools"] for item in body["input"] if item["type"] == "additional_tools"]
    return [*body.get("tools", ()), *(tool for spaces in more for space in spaces for tool in space["tools"])]


def thread(entry: Json) -> str:
    """The program's thread that asked the provider."""
    return str(entry["body"]["client_metadata"]["thread_id"])


class CodexToolCase(OneProgram, RealTestCase):
    """A daemon with codex."""

    backend = "codex"

    def setUp(self) -> None:
        """Each test sees its own requests only."""
        super().setUp()
        self.provider.forget()

    def chat(self, messages: list[Json], **more: Any) -> Any:
        """The answer to a conversation, whole."""
        return self.client.chat.completions.create(
            **{"model": "codex", "messages": messages, "tools": [tool()], **more}
        )
