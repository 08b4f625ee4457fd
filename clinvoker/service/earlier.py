"""
Sessions of the earlier program of this name: one JSON file for each, in `sessions` of its home.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from clinvoker.dialects.native_sessions import session_object
from clinvoker.model import Usage
from clinvoker.records import CUT_OFF, Session, SessionStatus

# In bytes.  A larger file is no session.
LARGEST = 1024 * 1024

# What was active then is not now; everything else has come to its end.
STATUS: Mapping[str, SessionStatus] = {"active": "failed", "error": "failed"}


class EarlierUsage(msgspec.Struct, frozen=True):
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class EarlierSession(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it was written; what is not here is not needed."""

    id: str
    backend: Literal["claude", "codex", "gemini"]
    created_at: datetime
    last_used: datetime
    working_dir: str = ""
    backend_session_id: str = ""
    model: str = ""
    initial_prompt: str = ""
    status: str = "completed"
    turn_count: int = 0
    token_usage: EarlierUsage | None = None
    tags: tuple[str, ...] | None = None
    title: str = ""
    parent_id: str = ""
    error_message: str = ""
    metadata: Mapping[str, str] | None = None


def earlier_sessions(home: Path, principal: str, prompts: bool) -> Iterator[Session]:
    """The sessions in the earlier program's home, as this principal's."""
    yield from earlier_in(home / "sessions", principal, prompts)


def earlier_in(directory: Path, principal: str, prompts: bool) -> Iterator[Session]:
    """The sessions in a directory; what cannot be read is passed over."""
    for path in sorted(directory.glob("*.json")):
        if path.stem != "index" and (session := earlier_session(path, principal, prompts)):
            yield session


def earlier_session(path: Path, principal: str, prompts: bool) -> Session | None:
    """The session in a file; None if there is none."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        found = msgspec.json.decode(path.read_bytes(), type=EarlierSession)
    except (OSError, msgspec.MsgspecError):
        return None
    if len(found.id) in (16, 32) and set(found.id) <= set("0123456789abcdef"):
        return _session(found, principal, prompts)
    return None


def exported_earlier(session: Session) -> dict[str, Any]:
    """Such a session as the native API takes it over."""
    told = msgspec.to_builtins(session_object(session))
    return {"session": {**told, "native": session.native}, "turns": []}


def _session(found: EarlierSession, principal: str, prompts: bool) -> Session:
    used = found.token_usage or EarlierUsage()
    return Session(
        id=found.id,
        principal=principal,
        backend=found.backend,
        created=found.created_at.timestamp(),
        updated=found.last_used.timestamp(),
        model=found.model,
        mode="agent",  # there was no other
        workdir=found.working_dir,
        title=found.title,
        prompt=found.initial_prompt if prompts else "",
        tags=found.tags or (),
        metadata=found.metadata or {},
        status=STATUS.get(found.status, "completed"),
        turns=found.turn_count,
        usage=Usage(
            input=used.input_tokens,
            cached=used.cached_tokens,
            output=used.output_tokens,
            reasoning=used.reasoning_tokens,
        ),
        error=found.error_message or (CUT_OFF if found.status == "active" else ""),
        native=found.backend_session_id,
        parent=found.parent_id,
    )
