"""
By what a conversation is known again: a hash over its settings and, message by message, what was said.

Texts count as a whole: clients send back in one part what they were sent in many.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from clinvoker.model import (
    Event,
    Image,
    Invocation,
    Message,
    Part,
    Role,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)

_encode = msgspec.json.Encoder(order="deterministic").encode


class AnswerMark:
    """Gathers what an answer leaves in the client's conversation, without keeping its text."""

    def __init__(self) -> None:
        self._text = sha256()
        self._calls: dict[str, tuple[str, list[str]]] = {}

    def feed(self, events: Sequence[Event]) -> None:
        """Take what the client sees."""
        for event in events:
            if isinstance(event, TextDelta):
                self._text.update(event.text.encode("utf-8", "surrogatepass"))
            elif isinstance(event, ToolCallStarted):
                self._calls[event.id] = (event.name, [])
            elif isinstance(event, ToolCallDelta):
                self._calls[event.id][1].append(event.arguments)

    def bytes(self) -> bytes:
        """As `Fingerprint.add` marks the message that the client will send back."""
        calls = (ToolCall(id, name, "".join(parts)) for id, (name, parts) in self._calls.items())
        return _mark("assistant", self._text.digest(), (), tuple(calls), "")


class Fingerprint:
    """The mark of a conversation, up to the message added last."""

    def __init__(self, backend: str, invocation: Invocation) -> None:
        settings = (invocation.principal, backend, invocation.model, invocation.tools, invocation.output)
        self._hash = sha256(_encode((settings, invocation.sampling, invocation.agency)))

    def add(self, message: Message) -> None:
        """Go on with the next message."""
        text = sha256()
        for part in message.parts:
            if isinstance(part, Text):
                text.update(_bytes(part.text))
        self._hash.update(_mark(message.role, text.digest(), message.parts, message.calls, message.call_id))

    def digest(self) -> bytes:
        """What it is so far, in 32 bytes."""
        return self._hash.digest()

    def followed_by(self, answer: AnswerMark) -> bytes:
        """What it will be once the client has sent back an answer."""
        hash = self._hash.copy()
        hash.update(answer.bytes())
        return hash.digest()


def _mark(role: Role, text: bytes, parts: Sequence[Part], calls: tuple[ToolCall, ...], call_id: str) -> bytes:
    pictures = [part for part in parts if isinstance(part, Image)]
    told = [(call.id, call.name, _meant(call.arguments)) for call in calls]
    return _bytes(repr(told)) + _encode((role, text, pictures, call_id))


def _meant(arguments: str) -> str:
    """Arguments without the blanks between their words: clients of some APIs send back the object itself."""
    try:
        return _encode(msgspec.json.decode(arguments)).decode()
    except (ValueError, RecursionError):
        return arguments


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
