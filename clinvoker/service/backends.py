"""Which backends there are, and which of them the configuration wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from twisted.plugin import getPlugins

from clinvoker.config import Config, ConfigError
from clinvoker.interfaces import IBackend
from clinvoker.settings import Override

# Answers where no other program is found, so that a bare machine shows something.
STAND_IN = "demo"


def installed() -> dict[str, IBackend]:
    """All backends that are bound in some module of `twisted.plugins`, by name."""
    return by_name(getPlugins(IBackend))


def by_name(backends: Iterable[IBackend]) -> dict[str, IBackend]:
    """Raises `ConfigError` if two have one name."""
    found: dict[str, IBackend] = {}
    for backend in backends:
        if backend.name in found:
            kinds = " and ".join(type(one).__qualname__ for one in (found[backend.name], backend))
            raise ConfigError([f"backends.{backend.name}: Two plugins have this name: {kinds}"])
        found[backend.name] = backend
    return dict(sorted(found.items()))


def enabled(
    backends: Mapping[str, IBackend], config: Config, locate: Callable[[IBackend], str]
) -> dict[str, IBackend]:
    """Those that shall answer, whether their programs are there or not; `locate` gives a path or ''."""
    wanted = {
        name: backend
        for name, backend in backends.items()
        if config.backend(name).enabled is True
        or (config.backend(name).enabled == "auto" and name != STAND_IN)
    }
    if not any(map(locate, wanted.values())) and config.backend(STAND_IN).enabled == "auto":
        wanted |= {name: backend for name, backend in backends.items() if name == STAND_IN}
    return wanted


def overrides(config: Config) -> dict[str, Override]:
    """What the configuration says of each backend's program."""
    return {
        name: Override(
            program=said.program,
            arguments=said.arguments,
            at_work=(f"--allowedTools={said.allowed_tools}",) if said.allowed_tools else (),
            environment=said.environment,
            pass_environment=said.pass_environment,
            confined=said.confined,
        )
        for name, said in config.backends.items()
    }
