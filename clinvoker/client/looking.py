"""What the commands that show something do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clinvoker.client.connection import Refused
from clinvoker.client.exits import API, CommandFailed
from clinvoker.client.sessions import shown
from clinvoker.client.tables import megabytes, table
from clinvoker.client.work import Work

HEAD = ("BACKEND", "STATE", "VERSION", "RUNS", "READY", "BUSY", "IDLE", "MEMORY", "PATH")
# Up to the top left corner, and clear from there on.
AFRESH = "\x1b[H\x1b[2J"
APART = (
    "{} does not take that: the daemon there has a listener for its owner alone (server.admin); "
    "name that by --server."
)


async def models(work: Work, as_json: bool) -> None:
    """The names that can be asked for, by backend."""
    found = (await work.api.get("/openai/v1/models"))["data"]
    if work.given.backend:
        found = [each for each in found if backend_in(each["id"]) == work.given.backend]
    if as_json or work.given.output == "json":
        work.say(shown({"models": [{"name": each["id"], "owner": each["owned_by"]} for each in found]}))
    else:
        work.say(table(("MODEL", "OWNER"), [(each["id"], each["owned_by"]) for each in found]))


def backend_in(model: str) -> str:
    """What stands before the slash, or all of it."""
    return model.partition("/")[0]


async def status(work: Work, as_json: bool, every: float) -> int:
    """How all is; again and again if `every` is not 0.  Gives 1 if nothing can be asked."""
    while True:
        try:
            health = await work.api.get("/api/v1/health")
        except Refused as error:  # it has that body too where nothing works
            if "backends" not in error.problem:
                raise
            health = error.problem
        if every and work.terminal:
            work.out.write(AFRESH)
        work.say(shown(health) if as_json or work.given.output == "json" else told(work, health))
        if not every or not await _pause(work, every):
            return int(health["status"] == "unhealthy")


async def reload(work: Work, as_json: bool) -> None:
    """Have a daemon read its configuration anew."""
    if work.api.place.within:
        raise CommandFailed("No daemon runs that could read its configuration anew.", API)
    try:
        found = await work.api.post("/api/v1/reload")
    except Refused as error:
        if error.status != 404:
            raise
        raise CommandFailed(APART.format(work.api.place.name), API) from None
    if as_json or work.given.output == "json":
        work.say(shown(found))
        return
    work.say("Changed: " + (", ".join(found["changed"]) or "nothing"))
    if found["needs_restart"]:
        work.say("Once the daemon is started anew: " + ", ".join(found["needs_restart"]))


async def _pause(work: Work, secs: float) -> bool:
    """Whether to go on; Ctrl-C is how one stops to watch, and no failure."""
    from twisted.internet.defer import CancelledError  # who watches has a reactor
    from twisted.internet.task import deferLater

    try:
        await deferLater(work.clock, secs)
    except CancelledError:
        work.say("")
        return False
    return True


def told(work: Work, health: Mapping[str, Any]) -> str:
    """The same for people."""
    load = health["load"]
    lines = [
        f"clinvoker {health['version']} ({work.api.place.name}): {health['status']}, up {health['uptime']}",
        f"{load['running']} of {load['places']} runs, {load['waiting']} waiting",
        "",
        table(HEAD, [_row(each) for each in health["backends"]], work.width() if work.terminal else 0),
    ]
    lines += [f"{each['name']}: {each['last_error']}" for each in health["backends"] if each["last_error"]]
    store = health["session_store"]
    if not store["available"]:
        lines.append(f"Sessions cannot be kept: {store.get('error', '')}")
    return "\n".join(lines)


def _row(backend: Mapping[str, Any]) -> tuple[object, ...]:
    agents = backend["agents"]
    return (
        backend["name"],
        backend["state"],
        "-" if backend["version"] in ("", "unknown") else backend["version"],
        backend["runs"],
        agents["blank"],
        agents["busy"],
        agents["idle"] + agents["holding"],
        megabytes(agents["memory"]) or "-",
        backend["path"] or "-",
    )
