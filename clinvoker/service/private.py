"""
The service for one command: everything a daemon has, for nobody but who types.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NoReturn

from msgspec.structs import replace
from twisted.application.service import IService

from clinvoker.config import Agent, Config, ConfigError, Key
from clinvoker.config.listening import quoted
from clinvoker.config.values import Conversations
from clinvoker.keys import Locks
from clinvoker.service.backends import installed
from clinvoker.service.joining import joined
from clinvoker.service.keys import lock_of
from clinvoker.sources import load_config

# Seconds that answers under way get once the command ends: it has heard them, or wants them no more.
DRAIN_SECS = 3.0


def private_service(
    reactor: Any, named_config: str, environ: Mapping[str, str], socket: str, shared: bool = False
) -> IService:
    """
    A service that listens at a UNIX socket and nowhere else, with the user's configuration and store.  If it
    is `shared`, the command hands on what others ask.

    Raises `ConfigError`.
    """
    backends = installed()
    listen = [f"unix:{quoted(socket)}:mode=600"]
    config = load_config(named_config, environ, {"listen": listen}, backends)
    alone = for_one(config, backends, own_key(config, environ), shared)
    return joined(reactor, alone, backends, environ, lambda state: None, unusable).daemon


def for_one(config: Config, backends: Collection[str], sent: str = "", shared: bool = False) -> Config:
    """
    The same for a single command, which sends this key: nothing is started ahead of need or kept for later.
    Who can start the service can start the programs, so agents may work anywhere, unless the configuration
    says where, and no key is needed if what is sent is none of those that are known.  Neither holds where the
    service is shared with others, who send keys of their own.
    """
    bare = {
        name: replace(config.backend(name), warm=0, prestart=False) for name in (*backends, *config.backends)
    }
    if not shared:
        known = _known(config, sent)
        server = replace(config.server, api_keys_gopass_path="")
        config = replace(config, keys=known, keys_fixed=known, keys_file="", server=server)
    agent = config.agent
    if agent == Agent() and not shared:
        agent = Agent(allowed_keys=("*",), allowed_workdir_prefixes=("/",), blocked_workdir_prefixes=())
    return replace(
        config,
        backends=bare,
        agent=agent,
        conversations=Conversations(keep=0),
        server=replace(config.server, drain_secs=min(config.server.drain_secs, DRAIN_SECS)),
    )


def own_key(config: Config, environ: Mapping[str, str]) -> str:
    """
    The key for a service of this configuration's own: $CLINVK_API_KEY if it is known there, so that the
    sessions are those that the same key has at a daemon; else the first that is there itself, or none.
    """
    sent = environ.get("CLINVK_API_KEY", "")
    return sent if _known(config, sent) else next((key.key for key in config.keys if key.key), "")


def _known(config: Config, sent: str) -> tuple[Key, ...]:
    name = Locks(map(lock_of, config.keys)).name(sent.encode("utf-8"))
    return tuple(key for key in config.keys if key.name == name)


def started(service: IService) -> None:
    """Start it; raises `ConfigError` where its store cannot be opened, or nothing can listen there."""
    service.privilegedStartService()
    service.startService()


def unusable(complaints: Iterable[str], _: int) -> NoReturn:
    """The store cannot be opened, or nothing can listen: for the command to tell."""
    raise ConfigError([*complaints])


def socket_in(directory: str) -> str:
    """Where the service listens, in a directory that is its user's alone."""
    return os.path.join(directory, "http.sock")
