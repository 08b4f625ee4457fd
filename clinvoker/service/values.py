"""
What the configuration says, in the values that each room takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from clinvoker import __version__
from clinvoker.agency import Agency
from clinvoker.config import AgentModel, Backend, Config
from clinvoker.interfaces import IBackend
from clinvoker.keys import EVERYTHING, Locks, Rights
from clinvoker.runs.agency import Permission
from clinvoker.runs.workdirs import Workdirs
from clinvoker.service.descriptors import connections
from clinvoker.service.peers import origin
from clinvoker.service.storing import keeping
from clinvoker.settings import Limits, Names, Pool, Reloaded, Usual
from clinvoker.web.auth import nobody
from clinvoker.web.cors import Cors
from clinvoker.web.settings import Patience, WebSettings

_MEGABYTE = 1024 * 1024


def limits(config: Config) -> Limits:
    """The bounds as `runs` takes them."""
    kept = config.conversations
    return Limits(
        **msgspec.structs.asdict(config.limits),
        backend_runs={name: backend.runs for name, backend in config.backends.items() if backend.runs},
        kept=kept.keep if kept.keep_secs else 0,
        keep_secs=kept.keep_secs,
        drain_secs=config.server.drain_secs,
    )


def pool(config: Config) -> Pool:
    """Which processes are kept, as `runs` takes it."""
    agents, backends = config.agents, config.backends
    return Pool(
        warm={name: said.warm for name, said in backends.items() if said.warm != "auto"},
        prestart=tuple(name for name, said in backends.items() if said.prestart),
        max_processes=agents.max_processes,
        max_rss=agents.max_rss * _MEGABYTE,
        min_available=agents.min_available * _MEGABYTE,
        max_agent_rss=agents.max_agent_rss * _MEGABYTE,
        idle_secs=agents.idle_secs,
        max_runs=agents.max_runs,
        reuse=agents.reuse,
        shared=agents.reuse_across_keys or len(config.keys) <= 1,  # until there are more
        failed_starts=agents.failed_starts,
        pause_secs=agents.pause_secs,
    )


def names(config: Config) -> Names:
    """How names of models are understood, as `runs` takes it."""
    defaults = {name: backend.model for name, backend in config.backends.items() if backend.model}
    agencies = {name: _agency(model) for name, model in config.agent_models.items()}
    return Names(
        configured=config.models,
        agencies=agencies,
        defaults=defaults,
        usual={name: usual for name, said in config.backends.items() if (usual := _usual(said)) != Usual()},
        fallback=config.fallback,
    )


def _usual(said: Backend) -> Usual:
    return Usual(system=said.system_prompt, approval=said.approval_mode, sandbox=said.sandbox_mode)


def _agency(model: AgentModel) -> Agency:
    return Agency(
        mode=model.mode,
        workdir=model.workdir,
        approval=model.approval_mode,
        sandbox=model.sandbox_mode,
        max_turns=model.max_turns,
    )


def permission(config: Config, rights: Callable[[str], Rights] = lambda name: EVERYTHING) -> Permission:
    """Who may use agent mode, as `runs` takes it."""
    agent = config.agent
    workdirs = Workdirs(agent.allowed_workdir_prefixes, agent.blocked_workdir_prefixes)
    return Permission(agent.allowed_keys, workdirs, rights)


def web_settings(
    config: Config,
    backends: Mapping[str, IBackend],
    now: float,
    locks: Callable[[], Locks] = Locks,
    reload: Callable[[], Reloaded] = Reloaded,
    peer: Callable[[object], str] = nobody,
) -> WebSettings:
    """What the web is told."""
    server = config.server
    return WebSettings(
        locks=locks,
        admin_keys=server.admin_keys,
        reload=reload,
        trusted_proxies=server.trusted_proxies,
        rate_limit_rps=server.rate_limit_rps,
        rate_limit_burst=server.rate_limit_burst,
        patience=Patience(**{**msgspec.structs.asdict(config.http), "max_connections": connections(config)}),
        peer=peer,
        origin=origin,
        admin_apart=bool(server.admin),
        allowed_hosts=server.allowed_hosts,
        cors_allowed_origins=server.cors_allowed_origins,
        cors=Cors(server.cors_allow_credentials, server.cors_max_age),
        max_body_bytes=server.max_body_bytes,
        keepalive_secs=server.keepalive_secs,
        strict_parameters=server.strict_parameters,
        max_parallel=config.parallel.max_workers,
        version=__version__,
        owners={name: backend.owner for name, backend in backends.items()},
        started_at=now,
        background_responses=server.background_responses,
        keep_responses=keeping(config).responses_stored,
    )
