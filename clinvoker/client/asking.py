"""One prompt: what is asked, and going on with what was said before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from clinvoker.client.answers import answer_for
from clinvoker.client.connection import Interrupted, Late, Refused, path_of
from clinvoker.client.exits import BACKEND, TIMEOUT, CommandFailed, of_code
from clinvoker.client.work import Work

# Which program is asked where nobody said: the first of these that is there, then any.
FIRST = ("claude", "codex", "gemini")
# Under this name a session's metadata tell where its command was typed.
DIRECTORY = "directory"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a prompt asks besides the flags of all commands."""

    prompt: str
    mode: str = ""
    system: str = ""
    tags: tuple[str, ...] = ()
    goes_on: bool = False


async def ask(work: Work, wish: Wish) -> int:
    """Carry out a prompt, in a new session or the last one of this directory; gives the exit code."""
    if wish.goes_on or (work.config.session.auto_resume and not work.given.ephemeral):
        last = await last_session(work)
        if last is not None:
            return await go_on(work, last, wish)
        if wish.goes_on:
            work.tell("There is no session of this directory yet: a new one begins.")
    body = {"backend": await backend_of(work), **_how(work, wish, {}), **_kept(work, wish)}
    return await answered(work, "/api/v1/prompt", body)


async def go_on(work: Work, session: Mapping[str, Any], wish: Wish) -> int:
    """Carry out the next prompt of a session; gives the exit code."""
    body = _how(work, wish, session)
    if body.get("dry_run"):
        work.note(f"Would resume the session {session['id'][:8]} ({session['backend']}).")
    else:
        work.more(f"Going on with the session {session['id'][:8]} ({session['backend']}).")
    if not wish.prompt:
        return 0
    return await answered(work, path_of("sessions", session["id"], "resume"), body)


async def answered(work: Work, path: str, body: Mapping[str, Any]) -> int:
    """Send it and write the answer as it comes; gives the exit code."""
    answer, began = answer_for(work), work.clock.seconds()
    secs = work.config.unified_flags.command_timeout_secs
    try:
        await work.api.lines(path, body, answer.hear, secs)
    except Refused as error:
        answer.refused(error, work.clock.seconds() - began)
        return error.exit_code
    except Late:
        answer.broken_off()
        told = f"It took longer than {secs:g} seconds (unified_flags.command_timeout_secs)."
        raise CommandFailed(told, TIMEOUT) from None
    except Interrupted:
        answer.broken_off()
        kept = f"  Go on with: clinvk resume {answer.session[:8]}" if answer.session else ""
        work.tell(f"Interrupted.{kept}")
        raise
    if answer.failure:
        return of_code(answer.failure)
    if not answer.ended:
        raise CommandFailed("The answer ended in the middle; ask again.", of_code("answer_cut"))
    return 0


async def backend_of(work: Work) -> str:
    """The program to ask: that of the flag, of the configuration, or the first that is there."""
    said = work.given.backend or work.config.default_backend
    if said:
        return said
    told = (await work.api.get("/api/v1/backends"))["backends"]
    found: list[str] = [each["name"] for each in told if each["available"]]
    if not found:
        raise CommandFailed("No program is there to ask; `clinvk doctor` says why.", BACKEND)
    return min(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


async def last_session(work: Work) -> Mapping[str, Any] | None:
    """The last used session of this directory, and of the backend that was asked for, if one was."""
    sessions = await sessions_here(work)
    return sessions[0] if sessions else None


async def sessions_here(work: Work, most: int = 500) -> list[Mapping[str, Any]]:
    """Of the sessions last used those that were begun in this directory, or work in it."""
    page = await work.api.get("/api/v1/sessions", backend=work.given.backend, limit=most)
    place = work.given.directory or work.directory
    return [each for each in page["sessions"] if place in directories(each)]


def directories(session: Mapping[str, Any]) -> set[str]:
    """Where it was begun, and where it works."""
    return {session.get("working_dir", ""), session.get("metadata", {}).get(DIRECTORY, "")} - {""}


def is_rehearsal(work: Work) -> bool:
    """Whether nothing is to be started."""
    return work.given.dry_run or work.config.unified_flags.dry_run


def _how(work: Work, wish: Wish, session: Mapping[str, Any]) -> dict[str, Any]:
    """How the prompt is to be carried out.  What only an agent can do is said to agents only."""
    flags = work.config.unified_flags
    body: dict[str, Any] = {
        "prompt": wish.prompt,
        "model": work.given.model,
        "system_prompt": wish.system,
        "max_tokens": flags.max_tokens,
        "dry_run": is_rehearsal(work),
    }
    mode = session.get("mode") or wish.mode or ("agent" if work.given.workdir else flags.mode)
    if mode == "agent":
        said = {"approval_mode": flags.approval_mode, "sandbox_mode": flags.sandbox_mode}
        body |= {name: value for name, value in said.items() if value != "default"}
        body["max_turns"] = flags.max_turns
    if not session:
        body["mode"] = mode
        body["workdir"] = (work.given.directory or work.directory) if mode == "agent" else ""
    return {name: value for name, value in body.items() if value}


def _kept(work: Work, wish: Wish) -> dict[str, Any]:
    """What is kept of it."""
    if work.given.ephemeral:
        return {"ephemeral": True}
    return {"tags": ["clinvk", *wish.tags], "metadata": {DIRECTORY: work.directory[:2048]}}
