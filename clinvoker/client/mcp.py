"""The command `clinvk mcp`, as click knows it."""

from __future__ import annotations

import click

from clinvoker.client.flags import Given, Told, flags


@click.command(cls=Told)
@click.option(
    "--transport", type=click.Choice(["stdio", "http"]), default="stdio", help="How it is talked to.  [stdio]"
)
@click.option("--host", metavar="HOST", default="127.0.0.1", help="With http: where to listen.  [127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    default=8081,
    help="With http: the TCP port; 0: any.  [8081]",
)
@flags
@click.pass_obj
def mcp(given: Given, transport: str, host: str, port: int) -> None:
    """
    Be an MCP server for programs such as Claude Code.

    Prompts, alone and several together, are its tools, sessions its resources.

    Over stdio for a program that starts this command, over http for those that are told the URL
    http://HOST:PORT/mcp.  The daemon has the same at /mcp.
    """
    from clinvoker.client.running import run

    if transport == "http":
        from clinvoker.client.mcp_http import serve_http

        given.shared = True
        run(given, serve_http, host, port, waits=True)
    from clinvoker.client.mcp_stdio import serve_stdio

    run(given, serve_stdio, waits=True)
