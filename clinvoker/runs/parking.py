"""
Turns that wait inside their program for results of the client's tools, until the client brings them.

A request goes on with one only if it is the same conversation, asked by the same principal with the
same settings, plus results for exactly the calls that were made.  Everything else takes the cold
path, by which the model gets the same conversation.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256

import attrs
import msgspec
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinvoker.interfaces import IParked
from clinvoker.model import (
    Event,
    Invocation,
    Message,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)

_encode = msgspec.json.Encoder(order="deterministic").encode


class Transcript:
    """Gathers the message that an answer becomes in the client's conversation, if it has calls."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._calls: dict[str, tuple[str, list[str]]] = {}

    def feed(self, events: Sequence[Event]) -> None:
        """Take what the client sees."""
        for event in events:
            if isinstance(event, TextDelta):
                self._text.append(event.text)
            elif isinstance(event, ToolCallStarted):
                self._calls[event.id] = (event.name, [])
            elif isinstance(event, ToolCallDelta):
                self._calls[event.id][1].append(event.arguments)

    def message(self) -> Message:
        """The message so far."""
        text = "".join(self._text)
        calls = (ToolCall(id, name, "".join(parts)) for id, (name, parts) in self._calls.items())
        return Message("assistant", (Text(text),) if text else (), tuple(calls))


@attrs.frozen(eq=False)
class _Kept:
    backend: str
    parked: IParked
    late: IDelayedCall


class Parking:
    """At most `places` turns, each for `secs` seconds; past that the one that waits longest is given up."""

    def __init__(self, clock: IReactorTime, places: int, secs: float, given_up: Callable[[], None]) -> None:
        self._given_up = given_up  # told when a program has done with a turn that was
        self._clock = clock
        self._places = places
        self._secs = secs
        self._parked: OrderedDict[bytes, _Kept] = OrderedDict()

    def keep(self, backend: str, invocation: Invocation, answer: Message, parked: IParked) -> None:
        """Keep a turn whose answer to `invocation` was `answer`, with calls."""
        key = _fingerprint(backend, invocation, (*invocation.messages, answer))
        self._give_up(key)
        self._parked[key] = _Kept(backend, parked, self._clock.callLater(self._secs, self._give_up, key))
        if len(self._parked) > self._places:
            self._give_up(next(iter(self._parked)))

    def take(self, backend: str, invocation: Invocation) -> tuple[IParked, Sequence[Message]] | None:
        """The turn that waits for the results at the end of this conversation, and those results."""
        before, results = _split(invocation.messages)
        calls = [call.id for call in before[-1].calls] if before else []
        if not calls or sorted(calls) != sorted(result.call_id for result in results):
            return None
        kept = self._parked.pop(_fingerprint(backend, invocation, before), None)
        if kept is None:
            return None
        kept.late.cancel()
        return (kept.parked, results) if kept.parked.alive else None

    def spare(self, backend: str) -> None:
        """A process of this backend is needed: give up the turn that waits longest in one."""
        oldest = next((key for key, kept in self._parked.items() if kept.backend == backend), None)
        if oldest is not None:
            self._give_up(oldest)

    def clear(self) -> None:
        """Give all up."""
        for key in list(self._parked):
            self._give_up(key)

    def _give_up(self, key: bytes) -> None:
        kept = self._parked.pop(key, None)
        if kept is not None:
            if kept.late.active():
                kept.late.cancel()
            kept.parked.abandon().addCallback(lambda _: self._given_up())


def _split(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """A conversation without the results at its end, and those."""
    count = len(messages)
    while count and messages[count - 1].role == "tool":
        count -= 1
    return messages[:count], messages[count:]


def _fingerprint(backend: str, invocation: Invocation, messages: Sequence[Message]) -> bytes:
    """
    What two requests have in common if one goes on where the other stopped.  Texts count as a whole:
    clients send back in one part what they were sent in many.
    """
    settings = (invocation.principal, backend, invocation.model, invocation.tools, invocation.output)
    digest = sha256(_encode((settings, invocation.sampling, invocation.agency)))
    for message in messages:
        pictures = [part for part in message.parts if not isinstance(part, Text)]
        calls = [(call.id, call.name, _meant(call.arguments)) for call in message.calls]
        digest.update(_encode((message.role, message.text, pictures, calls, message.call_id)))
    return digest.digest()


def _meant(arguments: str) -> object:
    """Arguments without the blanks between their words: clients of some APIs send back the object itself."""
    try:
        return msgspec.json.decode(arguments)
    except (ValueError, RecursionError):
        return arguments
