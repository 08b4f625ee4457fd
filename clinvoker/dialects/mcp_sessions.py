"""
Sessions as resources of the Model Context Protocol: `clinvk://sessions/ID` as JSON, and with `.md` at its end
as something to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from clinvoker.dialects.native_sessions import SessionExport, session_export
from clinvoker.dialects.surrogates import mended
from clinvoker.dialects.times import rfc3339
from clinvoker.records import Session, SessionFilter, Sessions, Turn

Json = dict[str, Any]

SCHEME = "clinvk://sessions/"
PAGE = 50  # sessions
JSON, MARKDOWN = "application/json", "text/markdown"
LONGEST_NAME = 100

_URI = re.compile(r"clinvk://sessions/([0-9a-f]{1,32})(\.md)?")
_CURSOR = re.compile(r"after-([0-9]{1,9})")
_WHO = {"user": "You", "assistant": "Answer", "system": "System"}

TEMPLATES: Sequence[Json] = (
    {
        "uriTemplate": SCHEME + "{id}",
        "name": "session",
        "title": "A session",
        "description": "A session with all that was said in it, as JSON. The beginning of an id will do.",
        "mimeType": JSON,
    },
    {
        "uriTemplate": SCHEME + "{id}.md",
        "name": "session-text",
        "title": "A session to be read",
        "description": "The same as Markdown.",
        "mimeType": MARKDOWN,
    },
)


class Place(msgspec.Struct, frozen=True):
    """What a URI names: a session, and whether it is to be read by people."""

    session: str
    markdown: bool


def place_of(uri: object) -> Place | None:
    """What a URI names; None if it is none of ours."""
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    return Place(found[1], bool(found[2])) if found else None


def page_of(cursor: object) -> SessionFilter | None:
    """The page that a cursor stands for, the first without one; None if it is none of ours."""
    if cursor is None:
        return SessionFilter(limit=PAGE)
    found = _CURSOR.fullmatch(cursor) if isinstance(cursor, str) else None
    return SessionFilter(limit=PAGE, offset=int(found[1])) if found else None


def listed(page: Sessions, wanted: SessionFilter) -> Json:
    """One page, and how to ask for the next if there is one."""
    told: Json = {"resources": [_resource(session) for session in page.sessions]}
    after = wanted.offset + len(page.sessions)
    return {**told, "nextCursor": f"after-{after}"} if page.sessions and after < page.total else told


def contents(uri: str, place: Place, session: Session, turns: Sequence[Turn]) -> Json:
    """All of one session."""
    export = session_export(session, turns)
    text = "\n".join(_markdown(export)) if place.markdown else msgspec.json.encode(export).decode()
    return {"contents": [{"uri": uri, "mimeType": MARKDOWN if place.markdown else JSON, "text": text}]}


def _resource(session: Session) -> Json:
    name = " ".join(mended(session.title or session.prompt or session.id).split())[:LONGEST_NAME]
    said = f"{session.backend}, {session.status}, {session.turns} turns, last used {rfc3339(session.updated)}"
    return {
        "uri": SCHEME + session.id,
        "name": session.id[:8],
        "title": name,
        "description": said,
        "mimeType": JSON,
    }


def _markdown(export: SessionExport) -> Iterator[str]:
    session = export.session
    yield f"# {session.title or f'Session {session.id[:8]}'}\n"
    yield f"- id: {session.id}"
    yield f"- backend: {session.backend}{f' ({session.model})' if session.model else ''}"
    yield f"- status: {session.status}"
    yield f"- last used: {session.last_used}"
    for turn in export.turns:
        for message in turn.messages:
            yield f"\n## {_WHO.get(message.role, message.role)} ({turn.created_at})\n"
            yield message.text
            if message.images:
                yield f"\n({message.images} pictures)"
    if session.error_message:
        yield f"\nThe last prompt failed: {session.error_message}"
