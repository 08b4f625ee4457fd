"""
A conversation as the program takes it: one system text, then turns that alternate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from clinvoker.backends.claude.words import assistant, user
from clinvoker.errors import BadRequest
from clinvoker.model import Message
from clinvoker.talk import Record

_INSTRUCTING = ("system", "developer")
_BEGINNING = "The conversation begins with the assistant's message."


class Turn(msgspec.Struct, frozen=True):
    """What one side said, in pieces.  None is blank: the provider refuses those."""

    role: Literal["user", "assistant"]
    texts: tuple[str, ...]


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
            if turn.role == "assistant":
                portions.append([assistant(turn.texts)])
            else:
                portions[-1].append(user(turn.texts, turn=number == last))
        return portions


def read(messages: Sequence[Message]) -> Conversation:
    """
    Make a conversation of what a client sent.

    System and developer messages at the beginning form the system text, joined by blank lines.
    Later ones keep their place, as turns of the user's between <system_message> tags: the program
    has no other way.  Messages of one role that follow each other are one turn.  Blank messages
    say nothing and are left out.  A conversation that begins with the assistant gets a turn before
    it that says so, because providers want the user first.

    Raises `BadRequest` if it does not end with something to answer.
    """
    _check(messages[-1])
    spoken = [message for message in messages if message.text.strip()]
    leading = 0
    while spoken[leading].role in _INSTRUCTING and leading < len(spoken) - 1:
        leading += 1
    system = "\n\n".join(message.text for message in spoken[:leading])
    turns = _joined(map(_turn, spoken[leading:]))
    if turns[0].role == "assistant":
        turns = (Turn("user", (_marked(_BEGINNING),)), *turns)
    return Conversation(system, turns)


def _check(last: Message) -> None:
    if last.role == "assistant":
        raise BadRequest(
            "The last message is the assistant's: claude cannot continue an answer. End with a user message.",
            "messages",
        )
    if not last.text.strip():
        raise BadRequest("The last message is blank: there is nothing to answer.", "messages")


def _turn(message: Message) -> Turn:
    if message.role in _INSTRUCTING:
        return Turn("user", (_marked(message.text),))
    role: Literal["user", "assistant"] = "assistant" if message.role == "assistant" else "user"
    pieces = tuple(part.text for part in message.parts if part.text)
    # A blank piece alone is refused, but without it the text would be another.
    return Turn(role, pieces if all(piece.strip() for piece in pieces) else ("".join(pieces),))


def _joined(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The program itself would put line ends between messages of one role."""
    return tuple(
        Turn(role, tuple(text for turn in group for text in turn.texts))
        for role, group in groupby(turns, lambda turn: turn.role)
    )


def _marked(text: str) -> str:
    return f"<system_message>\n{text}\n</system_message>"
