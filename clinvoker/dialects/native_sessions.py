"""
Sessions as the native API shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from clinvoker.dialects.native_bodies import SessionQuery
from clinvoker.dialects.native_results import TokenUsage, token_usage
from clinvoker.dialects.surrogates import mended
from clinvoker.dialects.times import rfc3339
from clinvoker.model import Image, Message, Usage
from clinvoker.records import Session, SessionFilter, Sessions, SessionStatus, Turn

LISTED = 200  # characters of the first prompt in a list


class SessionObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session.  What is empty is left out; `parent_id` is the session it was forked from."""

    id: str
    backend: str
    status: SessionStatus
    mode: str
    created_at: str
    last_used: str
    turn_count: int
    working_dir: str = ""
    model: str = ""
    initial_prompt: str = ""
    title: str = ""
    token_usage: TokenUsage | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = {}
    error_message: str = ""
    parent_id: str = ""


class SessionList(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the last used first; `total` counts those of all pages, `limit` 0 means all."""

    sessions: tuple[SessionObject, ...]
    total: int
    limit: int
    offset: int


class SessionDeleted(msgspec.Struct, frozen=True, kw_only=True):
    deleted: bool
    id: str


class TurnMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    role: str
    text: str
    images: int = 0  # how many there were


class TurnObject(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt with its answer."""

    number: int
    created_at: str
    messages: tuple[TurnMessage, ...]
    token_usage: TokenUsage


class SessionExport(msgspec.Struct, frozen=True, kw_only=True):
    """A session and all that was said in it, as far as that was kept."""

    session: SessionObject
    turns: tuple[TurnObject, ...]


def wanted(query: SessionQuery) -> SessionFilter:
    """Which sessions a query asks for.  The earlier program's word for failed ones is understood."""
    status = "failed" if query.status == "error" else query.status
    return SessionFilter(
        backend=query.backend,
        status=status,
        model=query.model,
        workdir=query.workdir,
        tag=query.tag,
        search=query.search,
        limit=query.limit,
        offset=query.offset,
    )


def session_object(session: Session) -> SessionObject:
    """One session."""
    return SessionObject(
        id=session.id,
        backend=session.backend,
        status=session.status,
        mode=session.mode,
        created_at=rfc3339(session.created),
        last_used=rfc3339(session.updated),
        turn_count=session.turns,
        working_dir=session.workdir,
        model=session.model,
        initial_prompt=mended(session.prompt),
        title=mended(session.title),
        token_usage=token_usage(session.usage) if session.usage != Usage() else None,
        tags=session.tags,
        metadata=session.metadata,
        error_message=mended(session.error),
        parent_id=session.parent,
    )


def session_list(page: Sessions, query: SessionQuery) -> SessionList:
    """One page, with no more than the beginning of each prompt."""
    short = [replace(session, prompt=session.prompt[:LISTED]) for session in page.sessions]
    return SessionList(
        sessions=tuple(session_object(session) for session in short),
        total=page.total,
        limit=query.limit,
        offset=query.offset,
    )


def session_export(session: Session, turns: Sequence[Turn]) -> SessionExport:
    """All of one session."""
    told = [
        TurnObject(
            number=turn.number,
            created_at=rfc3339(turn.created),
            messages=tuple(_said(message) for message in turn.messages),
            token_usage=token_usage(turn.usage),
        )
        for turn in turns
    ]
    return SessionExport(session=session_object(session), turns=tuple(told))


def _said(message: Message) -> TurnMessage:
    images = sum(isinstance(part, Image) for part in message.parts)
    return TurnMessage(role=message.role, text=mended(message.text), images=images)
