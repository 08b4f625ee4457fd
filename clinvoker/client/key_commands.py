"""The commands about API keys, as click knows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from clinvoker.client.flags import Family, Given, flags
from clinvoker.client.showing import as_json

# What a key may at most, by the names of `Allowance`.
BOUNDS = {
    "requests_per_second": "In a second, on average.",
    "burst": "Of those, at once after a pause.",
    "concurrent": "Answers under way at once.",
    "requests_per_day": "",
    "tokens_per_day": "",
    "tokens_per_month": "",
    "cost_per_day": "In US dollars, by `prices`.",
    "cost_per_month": "In US dollars, by `prices`.",
}


def _bounds(command: Callable[..., None]) -> Callable[..., None]:
    """The options for these."""
    for name, explained in reversed(BOUNDS.items()):
        kind = click.FloatRange(0) if "cost" in name or "second" in name else click.IntRange(0)
        command = click.option(f"--{name.replace('_', '-')}", type=kind, metavar="N", help=explained)(command)
    return command


def _run(name: str, *arguments: Any) -> None:
    """Carry out what has this name in `keeping_keys` beside this module."""
    from clinvoker.client import keeping_keys
    from clinvoker.client.alone import alone

    alone(getattr(keeping_keys, name), *arguments)


@click.group(cls=Family)
@flags
def keys() -> None:
    """
    The keys by which programs use the daemon of this machine: create, list, revoke.

    They are in server.api_keys_file, or where none is configured in ~/.clinvk/keys, of which a daemon knows
    that runs as the same user.
    """


@keys.command()
@click.argument("name")
@click.option(
    "--models", metavar="PATTERNS", default="", help="All it may use, with commas: fast,claude/*.  [any]"
)
@click.option(
    "--mode", "modes", type=click.Choice(["chat", "agent"]), multiple=True, help="All it may use; repeatable."
)
@click.option(
    "--workdirs", metavar="PATHS", default="", help="Where alone it may have agents work, with commas."
)
@_bounds
@as_json
@flags
@click.pass_obj
def create(
    given: Given,
    /,
    name: str,
    models: str,
    modes: tuple[str, ...],
    workdirs: str,
    as_json: bool,
    **at_most: float | None,
) -> None:
    """
    Make a key called NAME and print it: this once, for only its SHA-256 is kept.

    A running daemon knows it two seconds later.
    """
    said = {"models": models, "modes": ",".join(dict.fromkeys(modes)), "workdirs": workdirs}
    _run("create", given, name, {**said, **at_most}, as_json)


@keys.command("list")
@as_json
@flags
@click.pass_obj
def list_(given: Given, as_json: bool) -> None:
    """List the keys and what they may do, not the keys themselves."""
    _run("list_", given, as_json)


@keys.command()
@click.argument("name")
@flags
@click.pass_obj
def revoke(given: Given, name: str) -> None:
    """Take a key away.  A running daemon refuses it two seconds later."""
    _run("revoke", given, name)
