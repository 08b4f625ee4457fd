"""
The command `clinvk`.

It has to answer at once, so what a command needs is imported when that command runs.
"""

from __future__ import annotations

import gc

import click

from clinvoker import __version__

CONFIG_HELP = "The configuration file, in place of those that are looked for."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="clinvk")
def main() -> None:
    """AI command-line programs as an OpenAI-compatible HTTP API."""


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"clinvk {__version__}")


@main.command()
@click.option("--config", metavar="FILE", default="", help=CONFIG_HELP)
@click.option("--host", metavar="HOST", default="", help="The address to listen at.  [127.0.0.1]")
@click.option("--port", metavar="PORT", default="", help="The TCP port to listen at.  [8080]")
@click.option("--listen", metavar="ENDPOINT", multiple=True, help="A Twisted endpoint; may be repeated.")
def serve(config: str, host: str, port: str, listen: tuple[str, ...]) -> None:
    """Run the daemon in the foreground."""
    gc.disable()  # all that is imported now stays; to look through it takes a fifth of the start
    from clinvoker.client.serving import serve

    given = (("config", config), ("host", host), ("port", port), *(("listen", one) for one in listen))
    serve([f"--{name}={value}" for name, value in given if value])


@main.command()
@click.option("--config", metavar="FILE", default="", help=CONFIG_HELP)
def doctor(config: str) -> None:
    """
    Start each program and say whether it can be served.

    No model is asked.  Exits with 1 if none works, with 3 if the configuration cannot be used.
    """
    from clinvoker.client.doctor import doctor

    doctor(config)
