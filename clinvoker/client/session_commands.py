"""The commands about sessions, as click knows them."""

from __future__ import annotations

from typing import Any

import click

from clinvoker.client.flags import Family, Given, completes, flags
from clinvoker.client.showing import as_json


def _run(given: Given, name: str, *arguments: Any) -> None:
    """Carry out what has this name in `sessions` or `carrying` beside this module."""
    from clinvoker.client import carrying, sessions
    from clinvoker.client.running import run

    run(given, getattr(sessions, name, None) or getattr(carrying, name), *arguments)


@click.group(cls=Family)
@flags
def sessions() -> None:
    """What is kept of prompts: list, show, delete, clean, tag, fork, export, import."""


@sessions.command("list")
@click.option("--status", metavar="WORD", default="", help="active, completed, failed or cancelled.")
@click.option("--tag", metavar="TAG", default="", help="With this tag.")
@click.option("--search", metavar="TEXT", default="", help="In the id, the title and the first prompt.")
@click.option("--here", is_flag=True, help="Of this directory.")
@click.option("-n", "--limit", type=click.IntRange(0), default=50, help="How many at most; 0: all.  [50]")
@as_json
@flags
@click.pass_obj
def list_(given: Given, status: str, tag: str, search: str, here: bool, limit: int, as_json: bool) -> None:
    """List sessions, the last used first.  -b, -m and -w choose those of a program, model or directory."""
    _run(given, "list_", {"status": status, "tag": tag, "search": search}, here, limit, as_json)


@sessions.command()
@click.argument("name", metavar="ID", shell_complete=completes("sessions"))
@as_json
@flags
@click.pass_obj
def show(given: Given, name: str, as_json: bool) -> None:
    """Tell all about one session."""
    _run(given, "show", name, as_json)


@sessions.command()
@click.argument("names", metavar="ID...", nargs=-1, required=True, shell_complete=completes("sessions"))
@flags
@click.pass_obj
def delete(given: Given, names: tuple[str, ...]) -> None:
    """Forget sessions and what was said in them."""
    _run(given, "delete", names)


@sessions.command()
@click.option("--older-than", metavar="AGE", default="", help="Such as 30d, 12h, 45m, or a number of days.")
@flags
@click.pass_obj
def clean(given: Given, older_than: str) -> None:
    """
    Forget the sessions that were not used for a time, by default session.retention_days.  0 is never.

    With -b only those of that program; with --dry-run none, but it says how many there are.
    """
    _run(given, "clean", older_than)


@sessions.command()
@click.argument("name", metavar="ID", shell_complete=completes("sessions"))
@click.argument("tags", nargs=-1, metavar="[TAG...]")
@click.option("-r", "--remove", multiple=True, metavar="TAG", help="Take a tag away; may be repeated.")
@click.option("--title", metavar="TEXT", help="Give it a title; an empty one takes it away.")
@flags
@click.pass_obj
def tag(given: Given, name: str, tags: tuple[str, ...], remove: tuple[str, ...], title: str | None) -> None:
    """Give a session tags, or a title."""
    _run(given, "tag", name, tags, remove, title)


@sessions.command()
@click.argument("name", metavar="ID", shell_complete=completes("sessions"))
@as_json
@flags
@click.pass_obj
def fork(given: Given, name: str, as_json: bool) -> None:
    """Make a new session in which the same was said."""
    _run(given, "fork", name, as_json)


@sessions.command()
@click.argument("name", metavar="ID", shell_complete=completes("sessions"))
@click.option("--to", "path", metavar="FILE", default="-", help="Where to write; - is stdout.  [-]")
@flags
@click.pass_obj
def export(given: Given, name: str, path: str) -> None:
    """Write a session with all that was said in it, as JSON or, with -o text, to be read."""
    _run(given, "export", name, path)


@sessions.command("import")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@flags
@click.pass_obj
def import_(given: Given, paths: tuple[str, ...]) -> None:
    """
    Take sessions over: files that `export` wrote, files of the earlier program, or directories of them.

    Without a path those that the earlier program keeps in ~/.clinvk.  What is there already stays.
    """
    _run(given, "import_", paths)
