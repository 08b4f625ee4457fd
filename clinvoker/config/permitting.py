"""Agent mode as configured: what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from clinvoker.config.checking import did_you_mean
from clinvoker.config.values import Agent, AgentModel, Backend

# Not names of keys: any of them, and whoever comes where there are no keys.
SPECIAL = ("*", "anonymous")


def complaints_about(agent: Agent, keys: Collection[str]) -> Iterator[str]:
    """What is wrong with the section, given the names of the keys."""
    for name in agent.allowed_keys:
        if name not in keys and name not in SPECIAL:
            yield f"agent.allowed_keys: No key has the name {name!r}{did_you_mean(name, (*keys, *SPECIAL))}"
    for setting in ("allowed_workdir_prefixes", "blocked_workdir_prefixes"):
        for path in getattr(agent, setting):
            if not path.startswith("/"):
                yield f"agent.{setting}: {path!r} is not absolute"


def complaints_about_admins(admins: Collection[str], keys: Collection[str]) -> Iterator[str]:
    """What is wrong with who may concern himself with the daemon."""
    for name in admins:
        if name not in keys:
            yield f"server.admin_keys: No key has the name {name!r}{did_you_mean(name, keys)}"


def complaints_about_backends(backends: Mapping[str, Backend]) -> Iterator[str]:
    """What only one program has."""
    for name, backend in backends.items():
        if backend.allowed_tools and name != "claude":
            yield f"backends.{name}.allowed_tools: Only claude has it; see sandbox_mode and arguments"


def complaints_about_models(models: Mapping[str, str | AgentModel]) -> Iterator[str]:
    """What is wrong with the names that mean more than a model."""
    for name, model in models.items():
        if isinstance(model, str):
            continue
        bare = AgentModel(backend=model.backend)
        if model.mode == "chat" and model != bare:
            yield f"models.{name}: All but the backend needs mode: agent"
        if model.workdir and not model.workdir.startswith("/"):
            yield f"models.{name}.workdir: {model.workdir!r} is not absolute"
