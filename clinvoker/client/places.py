"""Where daemons are."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from clinvoker.client.exits import CONFIG, CommandFailed
from clinvoker.config import Config
from clinvoker.config.listening import address

EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}


class Place(msgspec.Struct, frozen=True):
    """
    A daemon's address: what URLs begin with, and a UNIX socket if it is at one; and the key for it.
    `within` says that it is a service of the command's own.
    """

    url: str
    socket: str = ""
    key: str = ""
    within: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is talked to without TLS."""
        return self.url.startswith("http:")

    @property
    def name(self) -> str:
        """How a person is told of it."""
        if self.within:
            return "no daemon, within this command"
        return f"unix:{self.socket}" if self.socket else self.url


def named_place(server: str, key: str) -> Place:
    """The place that a flag or variable names: a URL, HOST:PORT, or unix:PATH.  Raises `CommandFailed`."""
    if server.startswith("unix:"):
        path = server.removeprefix("unix:")
        return at_socket("/" + path.lstrip("/") if path.startswith("/") else path, key)
    url = server if "://" in server else f"http://{server}"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise CommandFailed(f"--server: {server!r} is none of http://HOST:PORT and unix:PATH.", CONFIG)
    return Place(url.rstrip("/"), key=key)


def at_socket(path: str, key: str = "", within: bool = False) -> Place:
    """A UNIX socket."""
    return Place("http://localhost", path, key, within)


def configured_place(config: Config, key: str, owner: bool = False) -> Place | None:
    """
    Where the configured daemon would be, also for what its `owner` alone may; None where it listens at
    nothing that can be called.
    """
    server = config.server
    for listen in (owner and server.admin) or server.listen:
        kind, where, port = address(listen)
        if kind == "unix":
            return at_socket(where, key)
        if kind in ("tcp", "ssl", "tls"):
            scheme = "http" if kind == "tcp" else "https"
            host = EVERYWHERE.get(where, f"[{where}]" if ":" in where else where)
            return Place(f"{scheme}://{host}:{port}", key=key)
    return None


def key_for(config: Config, environ: Mapping[str, str]) -> str:
    """The key to send: $CLINVK_API_KEY, or the first of the configuration that is there itself."""
    return environ.get("CLINVK_API_KEY", "") or next((key.key for key in config.keys if key.key), "")
