"""
A conversation as the program takes it: one system text, then turns that alternate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from clinvoker.backends.claude.blocks import Piece, Result, block, spoken
from clinvoker.backends.claude.tools import id_there, name_there
from clinvoker.backends.claude.words import assistant, user
from clinvoker.errors import BadRequest
from clinvoker.model import Message, Text, ToolCall
from clinvoker.talk import Record

_INSTRUCTING = ("system", "developer")
_BEGINNING = "The conversation begins with the assistant's message."


class Turn(msgspec.Struct, frozen=True):
    """What one side said, in pieces.  None is blank: the provider refuses those."""

    role: Literal["user", "assistant"]
    pieces: tuple[Piece, ...]


class Conversation(msgspec.Struct, frozen=True):
    """The system text, empty if there is none, and turns; they alternate, first and last the user's."""

    system: str
    turns: tuple[Turn, ...]

    def portions(self) -> list[list[Record]]:
        """
        The records that put it in.  Each portion ends with a user message, which the program answers
        with a `result`; until then the next must wait, or the order is lost.
        """
        portions: list[list[Record]] = [[]]
        last = len(self.turns) - 1
        for number, turn in enumerate(self.turns):
            blocks = [block(piece) for piece in turn.pieces]
            if turn.role == "assistant":
                portions.append([assistant(blocks)])
            else:
                portions[-1].append(user(blocks, turn=number == last))
        return portions


def read(messages: Sequence[Message]) -> Conversation:
    """
    Make a conversation of what a client sent.

    System and developer messages at the beginning form the system text, joined by blank lines.
    Later ones keep their place, as turns of the user's between <system_message> tags: the program
    has no other way.  Messages of one role that follow each other are one turn; results of tools are
    the user's, in the order of their calls.  Blank messages say nothing and are left out.  A
    conversation that begins with the assistant gets a turn before it that says so, because providers
    want the user first.

    Raises `BadRequest` if it does not end with something to answer.
    """
    if not messages:  # of one in agent mode whose instructions are told apart
        raise BadRequest("There are instructions, and no message to answer.", "messages")
    _check(messages[-1])
    said = [message for message in messages if _says(message)]
    leading = 0
    while said[leading].role in _INSTRUCTING and leading < len(said) - 1:
        leading += 1
    system = "\n\n".join(message.text for message in said[:leading])
    turns = _joined(_turns(said[leading:]))
    if turns[0].role == "assistant":
        turns = (Turn("user", (_marked(_BEGINNING),)), *turns)
    return Conversation(system, turns)


def _check(last: Message) -> None:
    if last.role == "assistant":
        raise BadRequest(
            "The last message is the assistant's: claude cannot continue an answer. End with a user message.",
            "messages",
        )
    if not _says(last):
        raise BadRequest("The last message is blank: there is nothing to answer.", "messages")


def _says(message: Message) -> bool:
    return message.role == "tool" or bool(message.calls or spoken(message.parts))


def _turns(messages: Iterable[Message]) -> Iterator[Turn]:
    calls: dict[
        str, ToolCall
    ] = {}  # of the last message that had any: by the client's ids, as they are there
    taken: set[str] = set()
    results: dict[str, Result] = {}
    for message in messages:
        if message.role == "tool":
            call = _called(message, calls)
            results[message.call_id] = Result(call.id, call.name, spoken(message.parts))
            continue
        yield from _ordered(calls, results)
        calls, results = {call.id: _there(call, taken) for call in message.calls}, {}
        taken.update(call.id for call in calls.values())
        yield _turn(message, calls.values())
    yield from _ordered(calls, results)


def _called(result: Message, calls: Mapping[str, ToolCall]) -> ToolCall:
    if result.call_id not in calls:
        raise BadRequest(f"There is no call {result.call_id!r} before its result.", "messages")
    return calls[result.call_id]


def _ordered(calls: Iterable[str], results: Mapping[str, Result]) -> Iterator[Turn]:
    """The results in the order of the calls, as the program itself has them."""
    if results:
        yield Turn("user", tuple(results[call_id] for call_id in calls if call_id in results))


def _there(call: ToolCall, taken: Iterable[str]) -> ToolCall:
    return ToolCall(id_there(call.id, taken), name_there(call.name), call.arguments)


def _turn(message: Message, calls: Iterable[ToolCall]) -> Turn:
    if message.role in _INSTRUCTING:
        return Turn("user", (_marked(message.text),))
    role: Literal["user", "assistant"] = "assistant" if message.role == "assistant" else "user"
    return Turn(role, (*spoken(message.parts), *calls))


def _joined(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The program itself would put line ends between messages of one role."""
    return tuple(
        Turn(role, tuple(piece for turn in group for piece in turn.pieces))
        for role, group in groupby(turns, lambda turn: turn.role)
    )


def _marked(text: str) -> Text:
    return Text(f"<system_message>\n{text}\n</system_message>")
