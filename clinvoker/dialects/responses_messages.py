"""
Items of the Responses API to the messages of a conversation, as every other dialect has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from clinvoker.dialects.calls import object_text
from clinvoker.dialects.images import read_image
from clinvoker.dialects.responses_items import (
    CallItem,
    InputImage,
    ItemPart,
    MessageItem,
    ReasoningItem,
    ResponseItem,
    ResultItem,
    answer_of,
)
from clinvoker.model import Message, Part, Text, ToolCall


class _Answer:
    """The assistant's message while items are added to it."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.calls: list[ToolCall] = []
        self.text_of = ""  # the answer that its last text was part of

    def takes(self, item: MessageItem) -> bool:
        """
        Whether this text is part of the same message: two answers in a row are two messages, but calls
        whose results are still to come end none.
        """
        return bool(self.calls) or not self.parts or self.text_of == answer_of(item.id) != ""

    def say(self, item: MessageItem, at: str) -> None:
        self.parts += _parts(item.content, f"{at}.content")
        self.text_of = answer_of(item.id)

    def message(self) -> Message:
        return Message("assistant", tuple(self.parts), tuple(self.calls))


def messages_of(items: Iterable[tuple[ResponseItem, str]]) -> Iterator[Message]:
    """
    The messages, each item given with its place in the request.  An answer's items make one message, the
    same that a client of chat completions would send back; reasoning makes none.

    Raises `BadRequest` for pictures that are none.
    """
    answer: _Answer | None = None
    for item, at in items:
        if isinstance(item, CallItem):
            answer = answer or _Answer()
            answer.calls.append(ToolCall(item.call_id, item.name, object_text(item.arguments)))
        elif isinstance(item, MessageItem) and item.role == "assistant":
            if answer is not None and not answer.takes(item):
                yield answer.message()
                answer = None
            answer = answer or _Answer()
            answer.say(item, at)
        elif not isinstance(item, ReasoningItem):
            if answer is not None:
                yield answer.message()
                answer = None
            yield _asked(item, at)
    if answer is not None:
        yield answer.message()


def _asked(item: MessageItem | ResultItem, at: str) -> Message:
    if isinstance(item, MessageItem):
        return Message(item.role, tuple(_parts(item.content, f"{at}.content")))
    if isinstance(item.output, str):
        return Message("tool", (Text(item.output),), call_id=item.call_id)
    return Message("tool", tuple(_parts(item.output, f"{at}.output")), call_id=item.call_id)


def _parts(content: Sequence[ItemPart], at: str) -> Iterator[Part]:
    for index, part in enumerate(content):
        if isinstance(part, InputImage):
            yield read_image(part.image_url, f"{at}[{index}].image_url")
        else:
            yield Text(part.text)
