"""
Configuration: texts in, one frozen `Config` or all complaints at once out.

Nothing here opens a file or looks at the environment: whoever calls has done so.
What a flag says holds before the environment, that before the file, that before the default.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from clinvoker.config.calling import complaints_about_hosts, complaints_about_origins
from clinvoker.config.checking import Checker, Tree, did_you_mean, merged
from clinvoker.config.confining import complaints_about_confinement
from clinvoker.config.entering import complaints_about_proxies
from clinvoker.config.environment import API_KEYS, from_environment
from clinvoker.config.keys import keys_in_file, keys_in_list, warnings_about, warnings_about_costs
from clinvoker.config.listening import description
from clinvoker.config.permitting import (
    complaints_about,
    complaints_about_admins,
    complaints_about_backends,
    complaints_about_models,
)
from clinvoker.config.reaching import complaints_about_reaching
from clinvoker.config.storing import complaints_about_store
from clinvoker.config.texts import shown
from clinvoker.config.unknown import complaints_about_variables, warnings_about_variables
from clinvoker.config.values import (
    Agent,
    AgentModel,
    Backend,
    Config,
    File,
    Key,
    Limits,
    Log,
    Output,
    Parallel,
    Server,
    Session,
    UnifiedFlags,
)

__all__ = [
    "Agent",
    "AgentModel",
    "Backend",
    "Config",
    "ConfigError",
    "Key",
    "Limits",
    "Log",
    "Output",
    "Parallel",
    "Server",
    "Session",
    "UnifiedFlags",
    "read_config",
]

# In `models:` this stands for every name that nobody knows.
FALLBACK = "fallback"


class ConfigError(Exception):
    """The configuration cannot be used; `complaints` are sentences, each after the key it is about."""

    def __init__(self, complaints: Sequence[str]) -> None:
        self.complaints = tuple(map(shown, complaints))
        super().__init__("\n".join(self.complaints))


def read_config(
    text: str = "",
    environ: Mapping[str, str] = {},
    flags: Mapping[str, object] = {},
    *,
    backends: Collection[str] = (),
    read_secret: Callable[[str], str] = lambda path: "",
    keys_file: str = "",
) -> Config:
    """
    Make the configuration of a file's text, the environment and flags (keys of `server`).

    `backends` are the names that are installed.  `read_secret` gives the text of the file at a path,
    and raises `OSError`, with a sentence, where it cannot or should not be read.  `keys_file` is where
    keys may be where nothing else is configured.

    Raises `ConfigError` with everything that is wrong.
    """
    complaints: list[str] = []
    tree: dict[str, object] = {}
    for layer in (*read_layers(text, environ, backends, complaints), _from_flags(flags, complaints)):
        tree = layered(tree, layer)
    file = msgspec.convert(tree, File)
    fixed = keys_in_list(environ.get(API_KEYS, ""), complaints, API_KEYS)
    keys = fixed + _of_file(file, keys_file, read_secret, complaints)
    server = _listening(file.server)
    complaints.extend(_inconsistencies(file, server, keys, backends))
    if complaints:
        raise ConfigError(complaints)
    keys_file = file.server.api_keys_file or keys_file
    config = _config(file, server, keys)
    warnings = (*config.warnings, *warnings_about_variables(environ, backends))
    return replace(config, keys_file=keys_file, keys_fixed=fixed, warnings=warnings)


def read_layers(
    text: str, environ: Mapping[str, str], backends: Collection[str], complaints: list[str]
) -> tuple[Tree, Tree]:
    """What the file says, and what the environment says over it."""
    complaints.extend(complaints_about_variables(environ, backends))
    return _checked(text, complaints), from_environment(environ, backends, complaints)


def _checked(text: str, complaints: list[str]) -> Tree:
    if not text:
        return {}
    from clinvoker.config.yaml import load  # a quarter of what the configuration takes to import

    checker = Checker()
    tree = checker.convert(File, load(text, checker))
    complaints.extend(checker.complaints)
    assert isinstance(tree, dict)
    return tree


def _from_flags(flags: Mapping[str, object], complaints: list[str]) -> Tree:
    tree: Tree = {}
    for name, value in flags.items():
        checker = Checker(subject=f"--{name}")
        found = checker.convert(File, {"server": {name: value}})
        complaints.extend(checker.complaints)
        assert isinstance(found, dict)
        tree = merged(tree, found)
    return tree


def layered(lower: Tree, higher: Tree) -> dict[str, object]:
    """Merge; a host or port from above is not to be outdone by endpoints from below."""
    above, below = higher.get("server"), lower.get("server")
    if isinstance(above, Mapping) and isinstance(below, Mapping) and {"host", "port"} & above.keys():
        lower = {**lower, "server": {key: below[key] for key in below if key != "listen"}}
    return merged(lower, higher)


def _of_file(
    file: File, usual: str, read_secret: Callable[[str], str], complaints: list[str]
) -> tuple[Key, ...]:
    path = file.server.api_keys_file or usual
    subject = "server.api_keys_file" if file.server.api_keys_file else path
    if not path:
        return ()
    try:
        text = read_secret(path)
    except OSError as error:
        if file.server.api_keys_file or not isinstance(error, FileNotFoundError):
            complaints.append(f"{subject}: {error}")
        return ()
    return keys_in_file(text, complaints, subject)


def _listening(server: Server) -> Server:
    listen = server.listen or (description(server.host, server.port),)
    return msgspec.structs.replace(server, listen=listen)


def _inconsistencies(file: File, server: Server, keys: Sequence[Key], backends: Collection[str]) -> list[str]:
    complaints = complaints_about_reaching(server, [key.name for key in keys])
    if file.default_backend and file.default_backend not in backends:
        near = did_you_mean(file.default_backend, backends)
        complaints.append(f"default_backend: {file.default_backend!r} is no backend{near}")
    for name in file.backends:
        if name not in backends:
            complaints.append(f"backends.{name}: No such backend{did_you_mean(name, backends)}")
    for name, model in file.models.items():
        target = _target(model)
        backend = target.replace(":", "/", 1).split("/", 1)[0]
        if name != FALLBACK and backend not in backends:
            complaints.append(
                f"models.{name}: {target!r} does not begin with a backend's name"
                f"{did_you_mean(backend, backends)}"
            )
    if server.cors_allow_credentials and "*" in server.cors_allowed_origins:
        complaints.append("server.cors_allow_credentials: Not for every origin; name those that may")
    complaints += complaints_about_backends(file.backends)
    complaints += complaints_about_models(file.models)
    complaints += complaints_about_hosts(server.allowed_hosts)
    complaints += complaints_about_origins(server.cors_allowed_origins)
    complaints += complaints_about_proxies(server.trusted_proxies)
    complaints += complaints_about_confinement(file.confinement)
    key_names = [key.name for key in keys]
    complaints += complaints_about(file.agent, key_names)
    complaints += complaints_about_admins(server.admin_keys, key_names)
    complaints += complaints_about_store(file.session.store)
    return complaints


def _target(model: str | AgentModel) -> str:
    return model if isinstance(model, str) else model.backend


def _config(file: File, server: Server, keys: tuple[Key, ...]) -> Config:
    models = {name: _target(model) for name, model in file.models.items()}
    agents = {name: model for name, model in file.models.items() if isinstance(model, AgentModel)}
    unpriced = [] if file.prices else warnings_about_costs(file.per_key, keys)
    return Config(
        default_backend=file.default_backend,
        fallback=models.pop(FALLBACK, ""),
        models=models,
        agent_models={name: model for name, model in agents.items() if model.mode == "agent"},
        agent=file.agent,
        images=file.images,
        per_key=file.per_key,
        prices=file.prices,
        server=server,
        http=file.http,
        limits=file.limits,
        conversations=file.conversations,
        session=file.session,
        agents=file.agents,
        confinement=file.confinement,
        output=file.output,
        unified_flags=file.unified_flags,
        parallel=file.parallel,
        backends=file.backends,
        log=file.log,
        tracing=file.tracing,
        keys=keys,
        warnings=(*warnings_about(keys), *unpriced),
    )
