"""
What is kept beyond a request: sessions, stored responses, conversations, what was used.

Everything here is frozen and complete: to change a thing is to keep another of the same id.  Times are
seconds since 1970.  A `principal` is whose key it was; nothing is ever shown to another.

What is read by the thousand has `gc=False`: values cannot form cycles, and looking for them there stopped
the reactor for a tenth of a second when ten thousand sessions were listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from clinvoker.agency import Mode
from clinvoker.model import Message, Usage

SessionStatus = Literal["active", "completed", "failed", "cancelled"]
ResponseStatus = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]
UNDER_WAY: tuple[ResponseStatus, ...] = ("queued", "in_progress")

# What becomes of a session or response that was under way when its daemon was killed.
CUT_OFF = "The daemon ended while this was under way; ask again."


class Session(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """
    What one or more prompts to one program have in common.  One that is "active" has a run under way.
    """

    id: str  # 32 hexadecimal digits, lower case; 16 of the earlier program
    principal: str
    backend: str
    created: float
    updated: float  # its last use; lists have the latest first
    model: str = ""  # the client's word for it
    mode: Mode = "chat"
    workdir: str = ""  # agent mode only
    title: str = ""
    prompt: str = ""  # the first; empty where prompts are not kept
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = {}
    status: SessionStatus = "active"
    turns: int = 0
    usage: Usage = Usage()  # of all turns
    cost: float = 0.0  # US dollars, as far as programs told
    error: str = ""  # of the last turn, if that failed
    native: str = ""  # the program's own name for it, by which it may be resumed; often empty
    parent: str = ""  # the session it was forked from

    def forked(self, identity: str, now: float) -> Session:
        """A new session that begins where this one is: what was asked and used does not come along."""
        return Session(
            id=identity,
            principal=self.principal,
            backend=self.backend,
            created=now,
            updated=now,
            model=self.model,
            mode=self.mode,
            workdir=self.workdir,
            tags=self.tags,
            metadata=self.metadata,
            status="completed",
            parent=self.id,
        )


class Turn(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One prompt of a session with its answer.  Kept only where prompts are."""

    principal: str
    session: str
    number: int  # from 1
    created: float
    messages: tuple[Message, ...]  # what came new, the answer last
    usage: Usage = Usage()


class SessionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions are asked for.  What is empty does not matter; all else must hold."""

    backend: str = ""
    status: str = ""
    model: str = ""
    workdir: str = ""
    tag: str = ""
    # In any case: the beginning of an id, or a part of a title or first prompt.
    search: str = ""
    limit: int = 0  # 0: all
    offset: int = 0


class Sessions(msgspec.Struct, frozen=True):
    """A page of sessions, the last used first; `total` counts those of all pages."""

    sessions: tuple[Session, ...]
    total: int


class SessionStats(msgspec.Struct, frozen=True, kw_only=True):
    """All sessions of a principal, counted."""

    total: int = 0
    by_backend: Mapping[str, int] = {}
    by_status: Mapping[str, int] = {}
    usage: Usage = Usage()
    cost: float = 0.0


class Item(msgspec.Struct, frozen=True, gc=False):
    """One item of a response's input or of a conversation.  `body` is a JSON object with that id in it."""

    id: str
    body: bytes


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """Which items: at most `limit` (0: all) of those past `after` and up to `before`, in this order."""

    limit: int = 20
    after: str = ""
    before: str = ""
    order: Literal["asc", "desc"] = "desc"


class Items(msgspec.Struct, frozen=True):
    """A page of items; `more` is whether some follow it."""

    items: tuple[Item, ...]
    more: bool


class StoredResponse(msgspec.Struct, frozen=True, kw_only=True):
    """
    A response of the Responses API.

    The whole conversation is that of `previous` and then `messages`.  `status` holds over what `body`
    says: it becomes "failed" where the daemon ended before the response did.
    """

    id: str
    principal: str
    created: float
    model: str
    status: ResponseStatus
    body: bytes  # JSON of the response object
    input: tuple[Item, ...] = ()
    messages: tuple[Message, ...] = ()  # what came new, the answer included
    previous: str = ""
    conversation: str = ""


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation object of the Responses API; its items are kept beside it."""

    id: str
    principal: str
    created: float
    updated: float
    metadata: Mapping[str, str] = {}


class UsageRow(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What one principal used of one model on one day."""

    principal: str
    day: str  # such as "2026-11-26", UTC
    backend: str
    model: str
    requests: int = 1
    usage: Usage = Usage()
    cost: float = 0.0


def added(one: Usage, other: Usage) -> Usage:
    """The tokens of both."""
    return Usage(
        input=one.input + other.input,
        cached=one.cached + other.cached,
        output=one.output + other.output,
        reasoning=one.reasoning + other.reasoning,
    )


def paged(items: tuple[Item, ...], page: ItemPage) -> Items | None:
    """The page of these items, which are oldest first; None where `after` or `before` is none of them."""
    ordered = items if page.order == "asc" else items[::-1]
    places = {item.id: place for place, item in enumerate(ordered)}
    if {page.after, page.before} - {""} - places.keys():
        return None
    begin = places[page.after] + 1 if page.after else 0
    end = places[page.before] if page.before else len(ordered)
    found = ordered[begin:end]
    limit = page.limit or len(found)
    return Items(found[:limit], len(found) > limit)
