"""The commands that show what there is, as click knows them."""

from __future__ import annotations

import click

from clinvoker.client.flags import Given, Told, flags

as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.command(cls=Told)
@as_json
@flags
@click.pass_obj
def models(given: Given, as_json: bool) -> None:
    """List the names of models."""
    from clinvoker.client.looking import models
    from clinvoker.client.running import run

    run(given, models, as_json)


@click.command(cls=Told)
@as_json
@flags
@click.pass_obj
def reload(given: Given, as_json: bool) -> None:
    """Have the daemon read its configuration and keys anew; what runs goes on."""
    from clinvoker.client.looking import reload
    from clinvoker.client.running import run

    run(given, reload, as_json, owner=True)


@click.command(cls=Told)
@as_json
@click.option("--watch", is_flag=True, help="Again and again, until Ctrl-C.")
@click.option("--every", type=click.FloatRange(0.2), default=2.0, metavar="SECS", help="How often.  [2]")
@flags
@click.pass_obj
def status(given: Given, as_json: bool, watch: bool, every: float) -> None:
    """Show the programs, their processes, and what runs and waits."""
    from clinvoker.client.looking import status
    from clinvoker.client.running import run

    run(given, status, as_json, every if watch else 0.0, waits=watch)
