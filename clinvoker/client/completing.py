"""What the shell offers: names that a running daemon knows, and without one those that are known anyway."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from clinvoker.client.exits import CommandFailed
from clinvoker.client.flags import Given
from clinvoker.client.tables import title_of

BACKENDS = ("claude", "codex", "gemini")
MODELS = ("fast", "balanced", "best")
MOST = 50
VARIABLE = "_CLINVK_COMPLETE"


def script(root: click.Command, shell: str) -> str:
    """The lines that a shell reads to offer what this offers."""
    kind = get_completion_class(shell)
    assert kind is not None
    return kind(root, {}, "clinvk", VARIABLE).source()


def backends(context: click.Context, begun: str) -> list[CompletionItem]:
    """Names of programs."""
    found = _asked(context, "/api/v1/backends")
    names = [each["name"] for each in found["backends"]] if found else [*BACKENDS]
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def models(context: click.Context, begun: str) -> list[CompletionItem]:
    """Names of models."""
    found = _asked(context, "/openai/v1/models")
    names = [each["id"] for each in found["data"]] if found else [*BACKENDS]
    return [CompletionItem(name) for name in (*MODELS, *names) if name.startswith(begun)]


def sessions(context: click.Context, begun: str) -> list[CompletionItem]:
    """Sessions used last, by the beginnings of their ids."""
    found = _asked(context, f"/api/v1/sessions?limit={MOST}") or {"sessions": []}
    return [
        CompletionItem(each["id"][:8], help=title_of(each, 40))
        for each in found["sessions"]
        if each["id"].startswith(begun)
    ]


def keys(context: click.Context, begun: str) -> list[CompletionItem]:
    """Keys of the configuration."""
    from clinvoker.client.configuring import key_names

    return [CompletionItem(name) for name in key_names() if name.startswith(begun)]


def files(context: click.Context, begun: str) -> list[CompletionItem]:
    """Whatever files the shell knows."""
    return [CompletionItem(begun, type="file")]


def directories(context: click.Context, begun: str) -> list[CompletionItem]:
    """Whatever directories the shell knows."""
    return [CompletionItem(begun, type="dir")]


def _asked(context: click.Context, path: str) -> Any:
    """What a daemon that runs says; None where there is none, or it says nothing: nobody waits for it."""
    from clinvoker.client import blocking
    from clinvoker.client.running import PROBE_SECS, configured, wanted_place

    given = context.find_object(Given) or Given()
    try:
        place = wanted_place(given, configured(given))
        if place is None or not place.plain:
            return None
        return blocking.at_once(blocking.connected(place, PROBE_SECS).get(path))
    except (CommandFailed, OSError, ValueError):
        return None
