"""What a client's word for a model means.  Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

import msgspec
from msgspec.structs import replace

from clinvoker.agency import Agency
from clinvoker.interfaces import IBackend
from clinvoker.model import Model
from clinvoker.settings import Names

# Some programs take the model as an argument: nothing that looks like an option gets there.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+\[\]-]{0,199}")


class Target(msgspec.Struct, frozen=True):
    """A backend, and what its program is told; the empty string leaves the choice to it."""

    backend: str
    model: str
    agency: Agency = Agency()  # as configured for this name


def resolve(name: str, names: Names, backends: Mapping[str, IBackend]) -> Target | None:
    """
    In order: a configured name; a backend's name; `backend/model` or `backend:model`; a name some
    backend knows; the fallback.  None if it means nothing.
    """
    target = _meant(name, names, backends)
    if target is None and names.fallback:
        target = _meant(names.fallback, names, backends)
    return target if target is not None and _SANE.fullmatch(target.model or "default") else None


def listed(names: Names, backends: Mapping[str, IBackend]) -> list[Model]:
    """The names there are, the configured ones first; a configured one shadows what it is named like."""
    found: dict[str, Model] = {}
    for name, meaning in names.configured.items():
        if (target := _known(meaning, names, backends)) is not None:
            found[name] = Model(name, target.backend)
    for backend in backends.values():
        for name in (backend.name, *backend.models):
            found.setdefault(name, Model(name, backend.name))
    return list(found.values())


def words_for(name: str, target: Target | None, names: Names) -> tuple[str, ...]:
    """
    What a model may be called where it is said who may use it: what the client said, if that is configured or
    a backend's name, and what it comes to, with the backend and without.
    """
    if target is None:
        return (name,)
    meant = (f"{target.backend}/{target.model}", target.model) if target.model else (target.backend,)
    own = (name,) if name in names.configured or name == target.backend else ()
    return tuple(dict.fromkeys((*own, *meant)))


def _meant(name: str, names: Names, backends: Mapping[str, IBackend]) -> Target | None:
    target = _known(names.configured.get(name, name), names, backends)
    if target is None or name not in names.agencies:
        return target
    return replace(target, agency=names.agencies[name])


def _known(name: str, names: Names, backends: Mapping[str, IBackend]) -> Target | None:
    if name in backends:
        return Target(name, names.defaults.get(name, ""))
    first, _, rest = name.replace(":", "/", 1).partition("/")
    if first in backends and rest:
        return Target(first, rest)
    for backend in backends.values():
        if name in backend.models or any(fnmatchcase(name, pattern) for pattern in backend.patterns):
            return Target(backend.name, name)
    return None
