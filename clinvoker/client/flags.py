"""
The flags that every command takes, before or after its name.

Imported by every command, so it imports nothing but click.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

FORMATS = ("default", "text", "json", "stream-json")

Command = TypeVar("Command", bound=Callable[..., Any])


class Given:
    """What was given by flags; empty and false where nothing was."""

    config = ""
    backend = ""
    model = ""
    workdir = ""
    server = ""
    output = ""
    dry_run = False
    ephemeral = False
    local = False
    quiet = False
    verbose = False
    no_color = False
    shared = False  # no flag: others than who typed can reach what the command starts

    @property
    def directory(self) -> str:
        """The absolute path of the directory that was given, or empty."""
        return os.path.abspath(os.path.expanduser(self.workdir)) if self.workdir else ""


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Of a flag that was given before and after the name of the command, the latter holds."""
    assert parameter.name is not None
    if context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
        setattr(context.ensure_object(Given), parameter.name, value)


def _flag(*names: str, **how: Any) -> Callable[[Command], Command]:
    return click.option(*names, expose_value=False, callback=_keep, **how)


def completes(name: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """Have the shell offer what `completing` beside this module has by this name."""

    def offered(context: click.Context, parameter: click.Parameter, begun: str) -> Any:
        from clinvoker.client import completing

        return getattr(completing, name)(context, begun)

    return offered


_FLAGS = (
    _flag(
        "--config",
        metavar="FILE",
        help="The configuration file, in place of those that are looked for.",
        shell_complete=completes("files"),
    ),
    _flag(
        "-b",
        "--backend",
        metavar="NAME",
        help="The program to ask, such as claude.",
        shell_complete=completes("backends"),
    ),
    _flag(
        "-m",
        "--model",
        metavar="NAME",
        help="The model, in the program's words, or: fast, balanced, best.",
        shell_complete=completes("models"),
    ),
    _flag(
        "-w",
        "--workdir",
        metavar="DIR",
        help="The directory in which the program works as an agent.",
        shell_complete=completes("directories"),
    ),
    _flag("-o", "--output-format", "output", type=click.Choice(FORMATS, False), help="How to answer."),
    _flag("--dry-run", is_flag=True, help="Tell what would be started and said, and start nothing."),
    _flag("--ephemeral", is_flag=True, help="Keep no session."),
    _flag(
        "--server", metavar="URL", help="The daemon to ask: http://HOST:PORT or unix:PATH.  [$CLINVK_SERVER]"
    ),
    _flag("--local", is_flag=True, help="Ask no daemon: carry it out in this command."),
    _flag("-q", "--quiet", is_flag=True, help="Nothing on stderr but errors."),
    _flag("-v", "--verbose", is_flag=True, help="Say more on stderr."),
    _flag("--no-color", is_flag=True, help="No colours.  [$NO_COLOR]"),
)


class Told(click.Command):
    """A command whose help has the flags of all commands apart, after its own."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        format_options(self, context, formatter)


class Family(click.Group):
    """Commands under one name, whose help has the flags of all commands apart."""

    command_class = Told

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        format_options(self, context, formatter)
        self.format_commands(context, formatter)


def format_options(command: click.Command, context: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options of a command in two parts."""
    parts: dict[str, list[tuple[str, str]]] = {"Options": [], "Options of every command": []}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            everywhere = isinstance(parameter, click.Option) and parameter.callback is _keep
            parts["Options of every command" if everywhere else "Options"].append(record)
    for title, records in parts.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def flags(command: Command) -> Command:
    """Have a command take them all."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command
