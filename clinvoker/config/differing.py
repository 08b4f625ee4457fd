"""What of a configuration is another than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from clinvoker.config.values import Config

# Not keys of the file: what follows from it, and what holds secrets.
_DERIVED = ("warnings", "keys", "keys_file", "keys_fixed", "agent_models", "fallback")

# What holds until the daemon is started anew: its listeners and its store are made once.
FIXED = ("server.listen", "server.host", "server.port", "session.store")


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


def without_fixed(old: Config, new: Config) -> Config:
    """The new one, but with those values of the old one that hold until the daemon is started anew."""
    was = old.server
    server = replace(new.server, listen=was.listen, host=was.host, port=was.port)
    return replace(new, server=server, session=replace(new.session, store=old.session.store))


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
