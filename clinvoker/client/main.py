"""
The command `clinvk`.

It has to answer at once, so what a command needs is imported when that command runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from clinvoker import __version__
from clinvoker.client.config_commands import config
from clinvoker.client.exits import CANCELLED, GENERAL
from clinvoker.client.flags import Family, Given, flags
from clinvoker.client.key_commands import keys
from clinvoker.client.mcp import mcp
from clinvoker.client.prompting import prompt, resume
from clinvoker.client.session_commands import sessions
from clinvoker.client.several_commands import chain, compare, parallel
from clinvoker.client.showing import models, reload, status


class Clinvk(Family):
    """What is no command's name is a prompt.  Whatever click itself refuses ends with 1."""

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(context, words[0]) is None:
            return "prompt", prompt, words
        return super().resolve_command(context, words)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            return sys.exit(code or 0) if standalone_mode else code
        except click.ClickException as error:
            error.show()
            sys.exit(GENERAL)
        except (click.Abort, KeyboardInterrupt):
            sys.exit(CANCELLED)


@click.group(
    cls=Clinvk,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[PROMPT | COMMAND ...]",
)
@click.option(
    "-c", "--continue", "goes_on", is_flag=True, help="Go on with the last session of this directory."
)
@flags
@click.version_option(__version__, prog_name="clinvk")
@click.pass_context
def main(context: click.Context, goes_on: bool) -> None:
    """
    Ask the AI command-line programs that you are logged in to.

    `clinvk PROMPT` asks one of them, and reads stdin too if that is no terminal.  All work over a daemon
    if one runs (`clinvk serve`), else by themselves.
    """
    context.ensure_object(Given)
    if context.invoked_subcommand is None:
        context.invoke(prompt, words=(), goes_on=goes_on)
    elif goes_on:
        context.obj.goes_on = True


@main.command()
@flags
def version() -> None:
    """Print the version."""
    click.echo(f"clinvk {__version__}")


@main.command()
@flags
@click.option("--host", metavar="HOST", default="", help="The address to listen at.  [127.0.0.1]")
@click.option("--port", metavar="PORT", default="", help="The TCP port to listen at.  [8080]")
@click.option("--listen", metavar="ENDPOINT", multiple=True, help="A Twisted endpoint; may be repeated.")
@click.pass_obj
def serve(given: Given, host: str, port: str, listen: tuple[str, ...]) -> None:
    """Run the daemon in the foreground."""
    from clinvoker.client.serving import serve

    said = (("config", given.config), ("host", host), ("port", port), *(("listen", one) for one in listen))
    serve([f"--{name}={value}" for name, value in said if value])


@main.command()
@flags
@click.pass_obj
def doctor(given: Given) -> None:
    """
    Start each program and say whether it can be served.

    No model is asked.  Exits with 1 if none works, with 3 if the configuration cannot be used.
    """
    from clinvoker.client.doctor import doctor

    doctor(given.config)


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@flags
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """
    Print what makes a shell complete commands, flags, models, programs and sessions.

    For bash, in ~/.bashrc: eval "$(clinvk completion bash)"; zsh likewise.  For fish, write it to
    ~/.config/fish/completions/clinvk.fish.
    """
    from clinvoker.client.completing import script

    click.echo(script(context.find_root().command, shell))


for command in (
    prompt,
    resume,
    sessions,
    models,
    status,
    reload,
    config,
    keys,
    parallel,
    chain,
    compare,
    mcp,
):
    main.add_command(command)
