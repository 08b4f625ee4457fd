"""The commands about the configuration, as click knows them."""

from __future__ import annotations

from typing import Any

import click

from clinvoker.client.flags import Family, Given, completes, flags
from clinvoker.client.showing import as_json


def _run(name: str, *arguments: Any) -> None:
    """Carry out what has this name in `configuring` beside this module."""
    from clinvoker.client import configuring
    from clinvoker.client.alone import alone

    alone(getattr(configuring, name), *arguments)


@click.group("config", cls=Family)
@flags
def config() -> None:
    """The configuration: show, get, set, unset, validate, path, init."""


@config.command()
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
@as_json
@flags
@click.pass_obj
def show(given: Given, origin: bool, as_json: bool) -> None:
    """List all keys with the values that hold: flag, environment, file, default."""
    _run("show", given, origin, as_json)


@config.command()
@click.argument("key", shell_complete=completes("keys"))
@as_json
@flags
@click.pass_obj
def get(given: Given, key: str, as_json: bool) -> None:
    """Print the value of KEY, such as server.port, or of all keys below it."""
    _run("get", given, key, as_json)


@config.command("set")
@click.argument("key", shell_complete=completes("keys"))
@click.argument("value")
@flags
@click.pass_obj
def set_(given: Given, key: str, value: str) -> None:
    """
    Set KEY in the file; comments stay.  A list has commas, anything may be written as in YAML.

    What would make the configuration unusable is refused.
    """
    _run("set_", given, key, value)


@config.command()
@click.argument("key", shell_complete=completes("keys"))
@flags
@click.pass_obj
def unset(given: Given, key: str) -> None:
    """Take KEY out of the file, so that its default holds."""
    _run("unset", given, key)


@config.command()
@as_json
@flags
@click.pass_obj
def validate(given: Given, as_json: bool) -> None:
    """Tell all that is wrong; exits with 3 if something is."""
    _run("validate", given, as_json)


@config.command()
@flags
@click.pass_obj
def path(given: Given) -> None:
    """Print which file is read, or would be if it were there."""
    _run("path", given)


@config.command()
@flags
@click.pass_obj
def init(given: Given) -> None:
    """Write a file that explains every key.  One that is there stays."""
    _run("init", given)
