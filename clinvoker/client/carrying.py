"""Sessions to files and from files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from clinvoker.client.connection import path_of
from clinvoker.client.exits import SESSION, CommandFailed
from clinvoker.client.sessions import SESSIONS, counted, shown
from clinvoker.client.work import Work

AT_ONCE = 100  # sessions in a request
WHO = {"user": "You", "assistant": "Answer", "system": "System"}


async def export(work: Work, name: str, path: str) -> None:
    """All that was said, as JSON or to be read, to a file or stdout."""
    told = await work.api.get(path_of("sessions", name, "export"))
    text = readable(told) if work.given.output == "text" else shown(told)
    if path == "-":
        work.say(text)
        return
    try:
        # What was said is for nobody else to read.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}.") from None
    work.tell(f"Wrote {path}.")


async def import_(work: Work, paths: Sequence[str]) -> None:
    """What files or directories hold; what is there already stays."""
    found = list(read_sessions(paths))
    if not found:
        raise CommandFailed("There is no session to take over.", SESSION)
    imported = skipped = 0
    for begin in range(0, len(found), AT_ONCE):
        body = {"sessions": found[begin : begin + AT_ONCE]}
        told = await work.api.post(f"{SESSIONS}/import", body)
        imported += len(told["imported"])
        skipped += len(told["skipped"])
    there = f"; {skipped} were there before" if skipped else ""
    work.say(f"Took over {counted(imported)}{there}.")


def read_sessions(paths: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """
    The sessions in these files and directories, or in the earlier program's own where none is named.
    Raises `CommandFailed` for a file that holds none.
    """
    from clinvoker.service.earlier import earlier_in, earlier_session, exported_earlier
    from clinvoker.sources import home

    if not paths:
        yield from map(exported_earlier, earlier_in(home(os.environ) / "sessions", "", True))
    for path in map(Path, paths):
        if path.is_dir():
            inner = path / "sessions"
            yield from map(exported_earlier, earlier_in(inner if inner.is_dir() else path, "", True))
            continue
        session = earlier_session(path, "", True)
        yield exported(path) if session is None else exported_earlier(session)


def exported(path: Path) -> Mapping[str, Any]:
    """What `export` wrote to a file; raises `CommandFailed` if it is not that."""
    try:
        told = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}.") from None
    except msgspec.DecodeError:
        told = None
    if not isinstance(told, dict) or "session" not in told:
        raise CommandFailed(f"{path}: holds no session.", SESSION)
    return told


def readable(told: Mapping[str, Any]) -> str:
    """The conversation, to be read."""
    session = told["session"]
    lines = [f"# {session.get('title') or session['id']} ({session['backend']})"]
    for turn in told["turns"]:
        for message in turn["messages"]:
            lines += ["", f"## {WHO.get(message['role'], message['role'])}", "", message["text"]]
    return "\n".join(lines)
