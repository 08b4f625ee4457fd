"""Which session to go on with, and going on."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from clinvoker.client.asking import Wish, directories, go_on, is_rehearsal, sessions_here
from clinvoker.client.connection import path_of
from clinvoker.client.exits import CANCELLED, SESSION, CommandFailed
from clinvoker.client.tables import age, title_of
from clinvoker.client.work import Work

NUMBERED = 20  # sessions in a list without arrow keys


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """How the session was named: by its id, as the last, or not at all."""

    name: str = ""
    last: bool = False
    here: bool = False


async def resume(work: Work, choice: Choice, prompt: str) -> int:
    """Find the session and carry out its next prompt; gives the exit code."""
    session = await named(work, choice) if choice.name or choice.last else await picked(work, choice)
    if session is None:
        work.tell("Nothing was chosen.")
        return CANCELLED
    if not is_rehearsal(work):
        prompt = prompt or await asked_for(work, session)
    if not prompt and not is_rehearsal(work):
        raise CommandFailed(f"A prompt is needed: clinvk resume {session['id'][:8]} 'and now?'")
    return await go_on(work, session, Wish(prompt=prompt))


async def named(work: Work, choice: Choice) -> Mapping[str, Any]:
    """The session of this id or beginning of one, or the last."""
    if not choice.name:
        return (await listed(work, choice, 1))[0]
    session: Mapping[str, Any] = await work.api.get(path_of("sessions", choice.name))
    if choice.here and work.directory not in directories(session):
        raise CommandFailed(f"The session {choice.name!r} is of another directory.", SESSION)
    return session


async def listed(work: Work, choice: Choice, most: int) -> Sequence[Mapping[str, Any]]:
    """Those there are to choose from, the last used first; at least one."""
    if choice.here:
        sessions: Sequence[Mapping[str, Any]] = (await sessions_here(work))[:most]
    else:
        page = await work.api.get("/api/v1/sessions", backend=work.given.backend, limit=most)
        sessions = page["sessions"]
    if not sessions:
        where = " of this directory" if choice.here else ""
        who = f" with {work.given.backend}" if work.given.backend else ""
        raise CommandFailed(f"There is no session{where}{who} yet; begin one: clinvk 'hello'", SESSION)
    return sessions


async def picked(work: Work, choice: Choice) -> Mapping[str, Any] | None:
    """The session that a person chooses; None if none."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        from clinvoker.client.keyboard import choose

        sessions = await listed(work, choice, 500)
        place = await choose(work, "Go on with", [line_about(work, session) for session in sessions])
        return None if place is None else sessions[place]
    sessions = await listed(work, choice, NUMBERED)
    for number, session in enumerate(sessions, 1):
        print(f"{number:3}  {line_about(work, session)}", file=work.err)
    print("Which one? (number, or q) ", file=work.err, end="", flush=True)
    return _numbered(sessions, sys.stdin.readline().strip())


def _numbered(sessions: Sequence[Mapping[str, Any]], said: str) -> Mapping[str, Any] | None:
    if said in ("", "q"):
        return None
    if not said.isdecimal() or not 1 <= int(said) <= len(sessions):
        raise CommandFailed(f"{said!r} is none of 1 to {len(sessions)}.", SESSION)
    return sessions[int(said) - 1]


async def asked_for(work: Work, session: Mapping[str, Any]) -> str:
    """The prompt, typed by a person or the rest of stdin."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return sys.stdin.read().strip()
    from clinvoker.client.keyboard import typed_line

    line = await typed_line(work, f"{session['backend']}> ")
    return line.strip()


def line_about(work: Work, session: Mapping[str, Any]) -> str:
    """A session in one line."""
    when = age(session["last_used"], work.clock.seconds())
    return f"{session['id'][:8]}  {session['backend']:8} {when:12} {title_of(session, 60)}"
