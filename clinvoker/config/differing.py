"""What of a configuration is another than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from clinvoker.config.values import Config

# Not keys of the file: what follows from it, and what holds secrets.
_DERIVED = ("warnings", "keys", "keys_file", "keys_fixed", "agent_models", "fallback")

# What holds until the daemon is started anew: listeners, store, log and counters are made once.
_SERVER = ("listen", "host", "port", "admin", "unix_peers", "tls", "metrics_enabled", "api_keys_gopass_path")
FIXED = (
    *(f"server.{name}" for name in _SERVER),
    *("session.store", "log.format", "log.to", "tracing", "confinement"),
)


def differences(old: Config, new: Config) -> tuple[str, ...]:
    """The keys of the file whose values differ, in order; `keys` stands for all API keys."""
    found = {*_between("", _plain(old), _plain(new))}
    if old.agent_models != new.agent_models:
        names = old.agent_models.keys() | new.agent_models.keys()
        found |= {f"models.{n}" for n in names if old.agent_models.get(n) != new.agent_models.get(n)}
    if old.fallback != new.fallback:
        found.add("models.fallback")
    if (old.keys, old.keys_file) != (new.keys, new.keys_file):
        found.add("keys")
    return tuple(sorted(found))


def is_fixed(name: str) -> bool:
    """Whether a key, or what it is in, holds until the daemon is started anew."""
    return name.startswith(tuple(f"{fixed}." for fixed in FIXED)) or name in FIXED


def without_fixed(old: Config, new: Config) -> Config:
    """The new one, but with those values of the old one that hold until the daemon is started anew."""
    server = replace(new.server, **{name: getattr(old.server, name) for name in _SERVER})
    session = replace(new.session, store=old.session.store)
    log = replace(new.log, format=old.log.format, to=old.log.to)
    fixed = {name: getattr(old, name) for name in ("tracing", "confinement")}
    return replace(new, server=server, session=session, log=log, **fixed)


def _plain(config: Config) -> Mapping[str, object]:
    return {
        name: msgspec.to_builtins(getattr(config, name))
        for name in config.__struct_fields__
        if name not in _DERIVED
    }


def _between(path: str, old: object, new: object) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in old.keys() | new.keys():
            yield from _between(f"{path}.{name}" if path else name, old.get(name), new.get(name))
    elif old != new:
        yield path
