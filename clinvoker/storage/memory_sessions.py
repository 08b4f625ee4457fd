"""Sessions, their turns and what was used, in dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from clinvoker.model import Usage
from clinvoker.records import Session, SessionFilter, Sessions, SessionStats, Turn, UsageRow, added
from clinvoker.storage.changes import encode
from clinvoker.storage.sizes import Key, Sized


def sought(session: Session) -> str:
    """The text in which `SessionFilter.search` is looked for."""
    return f"{session.title}\n{session.prompt}".casefold()


class MemorySessions(Sized):
    """Sessions and their turns."""

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[Key, Session] = {}
        self._hidden_sessions: set[Key] = set()  # dropped while active
        self._turns: dict[Key, dict[int, Turn]] = {}

    def put_session(self, session: Session) -> None:
        key = session.principal, session.id
        if key not in self._hidden_sessions:
            self._sessions[key] = session
            self.sizes.put("session", key, len(encode(session)))
        elif session.status != "active":
            self._hidden_sessions.discard(key)

    def put_turn(self, turn: Turn) -> None:
        key = turn.principal, turn.session
        if key in self._sessions:
            self._turns.setdefault(key, {})[turn.number] = turn
            self.sizes.put("session", key, len(encode(turn)), turn.number)

    def drop_session(self, principal: str, identity: str) -> None:
        key = principal, identity
        session = self._sessions.pop(key, None)
        self._turns.pop(key, None)
        self.sizes.drop("session", key)
        if session and session.status == "active":
            self._hidden_sessions.add(key)

    def sessions_called(self, principal: str, prefix: str) -> Sequence[Session]:
        return [each for each in self._of(principal) if each.id.startswith(prefix)][:2]

    def turns(self, principal: str, identity: str) -> tuple[Turn, ...]:
        return tuple(turn for _, turn in sorted(self._turns.get((principal, identity), {}).items()))

    def sessions(self, principal: str, wanted: SessionFilter) -> Sessions:
        found = [each for each in self._of(principal) if _matches(each, wanted)]
        found.sort(key=lambda each: (each.updated, each.id), reverse=True)
        end = wanted.offset + wanted.limit if wanted.limit else None
        return Sessions(tuple(found[wanted.offset : end]), len(found))

    def session_stats(self, principal: str) -> SessionStats:
        found = self._of(principal)
        usage = Usage()
        for each in found:
            usage = added(usage, each.usage)
        return SessionStats(
            total=len(found),
            by_backend=Counter(each.backend for each in found),
            by_status=Counter(each.status for each in found),
            usage=usage,
            cost=sum(each.cost for each in found),
        )

    def idle_sessions(self) -> list[tuple[float, Key]]:
        """When each one that is not active was last used."""
        return [(each.updated, key) for key, each in self._sessions.items() if each.status != "active"]

    def _of(self, principal: str) -> list[Session]:
        return [each for each in self._sessions.values() if each.principal == principal]


class MemoryUsage:
    """What was used."""

    def __init__(self) -> None:
        super().__init__()
        self._usage: dict[tuple[str, str, str, str], UsageRow] = {}

    def add_usage(self, row: UsageRow) -> None:
        key = row.principal, row.day, row.backend, row.model
        before = self._usage.get(key)
        if before:
            row = replace(
                row,
                requests=before.requests + row.requests,
                usage=added(before.usage, row.usage),
                cost=before.cost + row.cost,
            )
        self._usage[key] = row

    def usage(self, principal: str, since: str, until: str) -> tuple[UsageRow, ...]:
        return tuple(
            row
            for (owner, day, *_), row in sorted(self._usage.items())
            if owner == principal and since <= day and (not until or day <= until)
        )

    def everybodys_usage(self, since: str, until: str) -> tuple[UsageRow, ...]:
        return tuple(
            row
            for (_, day, *_), row in sorted(self._usage.items())
            if since <= day and (not until or day <= until)
        )

    def expire_usage(self, before: str) -> int:
        gone = [key for key in self._usage if key[1] < before]
        for key in gone:
            del self._usage[key]
        return len(gone)


def _matches(session: Session, wanted: SessionFilter) -> bool:
    exact = (
        (wanted.backend, session.backend),
        (wanted.status, session.status),
        (wanted.model, session.model),
        (wanted.workdir, session.workdir),
    )
    search = wanted.search.casefold()
    return (
        all(not want or want == have for want, have in exact)
        and (not wanted.tag or wanted.tag in session.tags)
        and (session.id.startswith(search) or search in sought(session))
    )
