"""`clinvk doctor`: which programs work here, why the others do not, and what could hold them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import click
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from clinvoker.config import ConfigError
from clinvoker.model import BackendHealth
from clinvoker.service.backends import STAND_IN, installed
from clinvoker.service.confining import possible
from clinvoker.service.joining import examination
from clinvoker.service.refusing import refuse
from clinvoker.sources import load_config

WORDS = {
    "ready": ("works", "green"),
    "failing": ("does not work", "red"),
    "missing": ("not found", "yellow"),
    "disabled": ("disabled", "yellow"),
}


def doctor(named_config: str) -> None:
    """Print a paragraph about each backend; ends the process with 0, 1 (none works) or 3."""
    react(lambda reactor: Deferred.fromCoroutine(_visit(reactor, named_config)))


async def _visit(reactor: Any, named_config: str) -> None:
    try:
        backends = installed()
        config = load_config(named_config, os.environ, backends=backends)
    except ConfigError as error:
        refuse(error.complaints)
    seen = []
    async for health in examination(reactor, config, backends, os.environ):
        seen.append(health)
        click.echo(paragraph(health))
    click.echo(holding(possible(os.environ)))
    if not works(seen):
        raise SystemExit(1)


def works(seen: Iterable[BackendHealth]) -> bool:
    """Whether some program works besides the one that is only for show."""
    return any(health.state == "ready" and health.name != STAND_IN for health in seen)


def holding(found: Iterable[tuple[str, str]]) -> str:
    """What `confinement` can ask for on this machine, and why not for the rest."""
    lines = [f"  {name:13} {f'no: {why}' if why else 'yes'}" for name, why in found]
    return "\n".join(["confinement  can have", *lines])


def paragraph(health: BackendHealth) -> str:
    """What is to be said about one backend."""
    word, colour = WORDS[health.state]
    facts = {
        "path": health.path,
        "version": health.version,
        "login": health.login,
        "note": health.note,
        "reason": health.last_error,
    }
    lines = [f"  {name:8} {fact}" for name, fact in facts.items() if fact]
    return "\n".join([f"{health.name:10} {click.style(word, fg=colour)}", *lines])
