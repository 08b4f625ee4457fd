"""The commands that ask something, as click knows them."""

from __future__ import annotations

import sys

import click

from clinvoker.client.exits import GENERAL
from clinvoker.client.flags import Given, Told, completes, flags

# Bytes of stdin; a daemon takes no more in one request.
LARGEST = 64 * 1024 * 1024

MODES = click.Choice(["chat", "agent"])


@click.command(cls=Told)
@click.argument("words", nargs=-1, metavar="[PROMPT]")
@click.option(
    "-c", "--continue", "goes_on", is_flag=True, help="Go on with the last session of this directory."
)
@click.option("--mode", type=MODES, help="agent: work in this directory; chat: only talk.")
@click.option("-s", "--system", metavar="TEXT", default="", help="Instructions that go before the prompt.")
@click.option(
    "-t", "--tag", "tags", multiple=True, metavar="TAG", help="A tag of the session; may be repeated."
)
@flags
@click.pass_context
def prompt(
    context: click.Context,
    words: tuple[str, ...],
    goes_on: bool = False,
    mode: str | None = None,
    system: str = "",
    tags: tuple[str, ...] = (),
) -> None:
    """
    Ask a program: `clinvk PROMPT` for short.

    The prompt is the argument, what comes from stdin, or both.  -c goes on with the last session.
    """
    given = context.ensure_object(Given)
    if len(words) > 1:
        raise click.UsageError("More than one prompt; put it in quotes.  `clinvk --help` lists the commands.")
    text = whole_prompt(words[0] if words else "")
    if not text:
        nothing_to_do(context)
        return
    from clinvoker.client.asking import Wish, ask
    from clinvoker.client.running import run

    goes_on = goes_on or getattr(given, "goes_on", False)
    run(given, ask, Wish(prompt=text, mode=mode or "", system=system, tags=tags, goes_on=goes_on))


@click.command(cls=Told)
@click.argument("words", nargs=-1, metavar="[ID] [PROMPT]", shell_complete=completes("sessions"))
@click.option("--last", is_flag=True, help="The last used; then the only argument is the prompt.")
@click.option("--here", is_flag=True, help="Only those of this directory.")
@click.option("-i", "--interactive", is_flag=True, help="Choose from a list; as without an ID.")
@flags
@click.pass_obj
def resume(given: Given, words: tuple[str, ...], last: bool, here: bool, interactive: bool) -> None:
    """
    Go on with a session, by its id or the beginning of it.

    Without one there is a list to choose from: arrow keys, Enter, and letters to search.
    """
    chosen = last or interactive
    if len(words) > (1 if chosen else 2):
        raise click.UsageError("Too many words; put the prompt in quotes.")
    name = "" if chosen else "".join(words[:1])
    text = "".join(words[0 if chosen else 1 :])
    # Where there is a list and no terminal, the choice comes from stdin.
    if name or last:
        text = whole_prompt(text)
    from clinvoker.client.resuming import Choice, resume
    from clinvoker.client.running import run

    # A person who chooses or types is waited for.
    waits = not (text and (name or last)) and sys.stdin.isatty()
    run(given, resume, Choice(name=name, last=last, here=here), text, waits=waits)


def whole_prompt(argument: str) -> str:
    """The argument and what comes from stdin, where that is no terminal."""
    said = piped()
    return "\n\n".join(part for part in (argument, said) if part.strip())


def piped() -> str:
    """All of stdin, unless it is a terminal or closed."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise click.UsageError(f"stdin holds more than {LARGEST} bytes, which no daemon takes.")
    return data.decode("utf-8", "replace").rstrip("\n")


def nothing_to_do(context: click.Context) -> None:
    """Show the help of the whole."""
    root = context.find_root()
    if context.find_object(Given) and getattr(context.obj, "goes_on", False):
        click.echo("clinvk: -c needs a prompt: clinvk -c 'and now in German'", err=True)
        context.exit(GENERAL)
    click.echo(root.get_help())
