"""
Sessions that come from elsewhere: as `export` gives them, of this daemon or another.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from clinvoker.agency import Mode
from clinvoker.dialects import bodies as wire
from clinvoker.dialects.native_bodies import MOST_TAGS, Directory, Metadata, Name, Sent, Tag, Word
from clinvoker.dialects.native_results import TokenUsage
from clinvoker.dialects.patterns import Identity
from clinvoker.dialects.times import seconds_of
from clinvoker.errors import BadRequest
from clinvoker.model import Message, Text, Usage
from clinvoker.records import CUT_OFF, Session, SessionStatus, Turn

MOST_SESSIONS = 1_000

Moment = Annotated[str, Meta(max_length=64)]
Turns = Annotated[int, Meta(ge=0, le=1_000_000)]


class SaidBefore(msgspec.Struct, frozen=True, kw_only=True):
    role: Literal["system", "user", "assistant"]
    text: str
    images: int = 0  # which are not taken over


class TurnBefore(msgspec.Struct, frozen=True, kw_only=True):
    number: Annotated[int, Meta(ge=1, le=1_000_000)]
    created_at: Moment
    messages: tuple[SaidBefore, ...]
    token_usage: TokenUsage = TokenUsage(input_tokens=0, output_tokens=0)


class SessionBefore(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a session, and `native`: the program's own name for it."""

    id: Identity
    backend: Name
    created_at: Moment
    last_used: Moment
    status: SessionStatus = "completed"
    mode: Mode = "chat"
    turn_count: Turns = 0
    working_dir: Directory = ""
    model: Annotated[str, Meta(max_length=200)] = ""
    initial_prompt: str = ""
    title: Annotated[str, Meta(max_length=500)] = ""
    token_usage: TokenUsage | None = None
    tags: Annotated[tuple[Tag, ...], Meta(max_length=MOST_TAGS)] = ()
    metadata: Metadata = {}
    error_message: Word = ""
    parent_id: Annotated[str, Meta(max_length=32)] = ""
    native: Annotated[str, Meta(max_length=200)] = ""


class ExportedBefore(msgspec.Struct, frozen=True, kw_only=True):
    """A session and what was said in it."""

    session: SessionBefore
    turns: tuple[TurnBefore, ...] = ()


class SessionImport(Sent, kw_only=True, forbid_unknown_fields=True):
    """Sessions to take over."""

    sessions: Annotated[list[ExportedBefore], Meta(min_length=1, max_length=MOST_SESSIONS)]


class SessionsImported(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of those that are here now, and of those that were here before and stay as they are."""

    imported: tuple[str, ...]
    skipped: tuple[str, ...]


_import = msgspec.json.Decoder(SessionImport)


def read_import(body: bytes, principal: str) -> list[tuple[Session, tuple[Turn, ...]]]:
    """The sessions in a request, as this principal's, with their turns.  Raises `BadRequest`."""
    asked = wire.decoded(_import, body)
    read = []
    for index, each in enumerate(asked.sessions):
        try:
            read.append(_taken_over(each, principal))
        except ValueError as error:
            raise BadRequest(f"{error}.", f"sessions[{index}]") from None
    return read


def _taken_over(each: ExportedBefore, principal: str) -> tuple[Session, tuple[Turn, ...]]:
    told = each.session
    active = told.status == "active"
    session = Session(
        id=told.id,
        principal=principal,
        backend=told.backend,
        created=seconds_of(told.created_at),
        updated=seconds_of(told.last_used),
        model=told.model,
        mode=told.mode,
        workdir=told.working_dir,
        title=told.title,
        prompt=told.initial_prompt,
        tags=told.tags,
        metadata=told.metadata,
        status="failed" if active else told.status,
        turns=told.turn_count,
        usage=_usage(told.token_usage) if told.token_usage else Usage(),
        error=CUT_OFF if active else told.error_message,
        native=told.native,
        parent=told.parent_id,
    )
    return session, tuple(_turn(turn, session) for turn in each.turns)


def _turn(turn: TurnBefore, session: Session) -> Turn:
    return Turn(
        principal=session.principal,
        session=session.id,
        number=turn.number,
        created=seconds_of(turn.created_at),
        messages=tuple(Message(said.role, (Text(said.text),)) for said in turn.messages),
        usage=_usage(turn.token_usage),
    )


def _usage(told: TokenUsage) -> Usage:
    return Usage(
        input=told.input_tokens,
        cached=told.cached_tokens,
        output=told.output_tokens,
        reasoning=told.reasoning_tokens,
    )
