"""What the commands about sessions do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clinvoker.client.ages import seconds_in
from clinvoker.client.asking import directories, is_rehearsal, sessions_here
from clinvoker.client.connection import Refused, path_of
from clinvoker.client.exits import SESSION
from clinvoker.client.tables import age, seconds_of, table, title_of
from clinvoker.client.work import Work

SESSIONS = "/api/v1/sessions"
HEAD = ("ID", "BACKEND", "STATUS", "LAST USED", "TOKENS", "TITLE")
COLOURS = {"failed": "red", "cancelled": "yellow", "active": "green"}
_DAY = 86_400


async def list_(work: Work, filters: Mapping[str, str], here: bool, limit: int, as_json: bool) -> None:
    """Those that are asked for, the last used first."""
    given = work.given
    if here:
        found = [each for each in await sessions_here(work) if matches(each, filters)]
        total, found = len(found), found[: limit or None]
    else:
        query = {**filters, "backend": given.backend, "model": given.model, "workdir": given.directory}
        page = await work.api.get(SESSIONS, **query, limit=limit)
        total, found = page["total"], page["sessions"]
    if as_json or given.output == "json":
        work.say(shown({"sessions": found, "total": total}))
        return
    if not found:
        work.say("No sessions found.")
        return
    work.say(table(HEAD, [_row(work, each) for each in found], work.width() if work.terminal else 0))
    if len(found) < total:
        work.tell(f"{total - len(found)} more; -n 0 shows all.")


def matches(session: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    """Whether a session is one of those, as the daemon would have it."""
    text = " ".join((session["id"], session.get("title", ""), session.get("initial_prompt", "")))
    return (
        (not filters["status"] or session["status"] == filters["status"])
        and (not filters["tag"] or filters["tag"] in session.get("tags", ()))
        and filters["search"].casefold() in text.casefold()
    )


async def show(work: Work, name: str, as_json: bool) -> None:
    """All about one."""
    session = await work.api.get(path_of("sessions", name))
    if as_json or work.given.output == "json":
        work.say(shown(session))
        return
    for word, value in _facts(work, session):
        if value not in ("", None):
            work.say(f"{word + ':':18} {value}")


async def delete(work: Work, names: Sequence[str]) -> int:
    """Each by itself: what cannot be found keeps nothing else from going."""
    code = 0
    for name in names:
        try:
            told = await work.api.delete(path_of("sessions", name))
        except Refused as error:
            if error.exit_code != SESSION:
                raise
            code = error.exit_code
            print(f"clinvk: {error.message}", file=work.err)
        else:
            work.say(f"Session {told['id']} deleted.")
    return code


async def clean(work: Work, older_than: str) -> None:
    """Those that were not used for so long; 0 is never."""
    days = work.config.session.retention_days
    secs = seconds_in(older_than) if older_than else days * _DAY
    said = older_than or f"{days:g}d"
    if not secs:
        work.say("Deleted 0 sessions: 0 means that they are kept for ever.")
        return
    page = await work.api.get(SESSIONS, backend=work.given.backend)
    now = work.clock.seconds()
    old = [
        each
        for each in page["sessions"]
        if each["status"] != "active" and now - seconds_of(each["last_used"]) > secs
    ]
    if is_rehearsal(work):
        work.say(f"Would delete {counted(len(old))} older than {said}.")
        return
    for each in old:
        await work.api.delete(path_of("sessions", each["id"]))
    work.say(f"Deleted {counted(len(old))} older than {said}.")


async def tag(work: Work, name: str, tags: Sequence[str], remove: Sequence[str], title: str | None) -> None:
    """More tags, fewer, another title; and what there is then."""
    session = await work.api.get(path_of("sessions", name))
    before = session.get("tags", [])
    after = [each for each in dict.fromkeys((*before, *tags)) if each not in remove]
    body: dict[str, Any] = {} if after == before else {"tags": after}
    if title is not None:
        body["title"] = title
    if body:
        session = await work.api.patch(path_of("sessions", session["id"]), body)
    work.say(f"{session['id'][:8]}  {', '.join(session.get('tags', [])) or '(no tags)'}")


async def fork(work: Work, name: str, as_json: bool) -> None:
    """Another that begins where this one is."""
    session = await work.api.post(path_of("sessions", name, "fork"))
    if as_json or work.given.output == "json":
        work.say(shown(session))
    else:
        work.say(session["id"])
        work.tell(f"Go on with: clinvk resume {session['id'][:8]}")


def shown(value: object) -> str:
    """As JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def counted(number: int) -> str:
    """1 session, 2 sessions."""
    return f"{number} session{'' if number == 1 else 's'}"


def _row(work: Work, session: Mapping[str, Any]) -> Sequence[object]:
    usage = session.get("token_usage") or {}
    tokens = usage.get("input_tokens", 0) + usage.get("output_tokens", 0)
    when = age(session["last_used"], work.clock.seconds())
    title = title_of(session, 200)
    return session["id"][:8], session["backend"], session["status"], when, tokens or "-", title


def _facts(work: Work, session: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    usage = session.get("token_usage") or {}
    yield "ID", session["id"]
    yield "Backend", session["backend"]
    yield "Model", session.get("model")
    yield "Mode", session["mode"]
    colour = COLOURS.get(session["status"], "")
    yield "Status", work.styled(session["status"], **({"fg": colour} if colour else {}))
    yield "Created", session["created_at"]
    yield "Last used", f"{session['last_used']} ({age(session['last_used'], work.clock.seconds())})"
    yield "Directory", ", ".join(sorted(directories(session)))
    yield "Title", session.get("title")
    yield "First prompt", title_of({"initial_prompt": session.get("initial_prompt")}, 80)
    yield "Turns", session["turn_count"]
    yield "Tokens", ", ".join(f"{count} {name.removesuffix('_tokens')}" for name, count in usage.items())
    yield "Tags", ", ".join(session.get("tags", ()))
    yield "Forked from", session.get("parent_id")
    yield "Error", session.get("error_message")
    rest = {name: value for name, value in session.get("metadata", {}).items() if name != "directory"}
    yield "Metadata", ", ".join(f"{name}={value}" for name, value in rest.items())
