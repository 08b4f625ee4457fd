"""
What the web is told when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from clinvoker.errors import Forbidden
from clinvoker.keys import Locks
from clinvoker.settings import Current, Reloaded
from clinvoker.web.auth import nobody
from clinvoker.web.cors import Cors

MEBIBYTE = 1024 * 1024


def _never() -> float:
    return 0.0


class Patience(Current, kw_only=True):
    """How long clients may keep the daemon waiting, in seconds, and how many may be there; 0 is no bound."""

    header_secs: float = 20.0  # for the headers of a request
    body_secs: float = 60.0  # between two kilobytes of its body
    idle_secs: float = 60.0  # between two requests
    max_connections: int = 10_000
    max_connections_per_address: int = 1000
    max_bodies_bytes: int = 256 * MEBIBYTE  # of all that arrive at once


class WebSettings(Current, kw_only=True):
    """
    How the doors behave.  `reload` reads the configuration anew; it may raise `ConfigInvalid`.

    `locks` gives the keys that are good now; where none is needed whoever reaches the listener may
    enter.  `peer` gives the name of the key that the other end of a transport stands for, `origin` what
    it has in place of an address at a UNIX socket.  `owners` maps a backend's name to who makes its
    models.  `now` gives seconds since 1970, of which `started_at` is one; `began` is the same moment by
    the clock that `make_site` is given.
    """

    locks: Callable[[], Locks] = Locks
    admin_keys: tuple[str, ...] = ()  # names; where no key is needed, whoever comes is one of them
    reload: Callable[[], Reloaded] = Reloaded
    metrics: Callable[[bool], bytes] | None = None  # where they are wanted; with what names keys
    peer: Callable[[object], str] = nobody
    origin: Callable[[object], str] = nobody
    admin_apart: bool = False  # routes marked so are served by a site of their own
    allowed_hosts: tuple[str, ...] = ()  # names, `*.example.com`, or `*` for any
    cors_allowed_origins: tuple[str, ...] = ()  # `https://app.example.com`, `http://localhost:*`, or `*`
    cors: Cors = Cors()
    trusted_proxies: tuple[str, ...] = ()  # addresses, networks, and `unix`
    rate_limit_rps: float = 0.0  # requests a second from one address; 0: any number
    rate_limit_burst: int = 0  # of these at once; 0: as many as a second has
    patience: Patience = msgspec.field(default_factory=Patience)
    max_body_bytes: int = 64 * MEBIBYTE  # 0: any number
    max_discarded_bytes: int = 1024 * MEBIBYTE  # of a longer body; who sends still more is cut off
    keepalive_secs: float = 15.0  # 0: never
    strict_parameters: bool = False  # refuse what would have no effect, instead of naming it
    max_parallel: int = 3  # tasks of one request at once, where it does not say how many
    background_responses: int = 100  # that go on at a time
    keep_responses: bool = True  # where clients want it
    version: str = ""
    owners: Mapping[str, str] = {}
    now: Callable[[], float] = _never
    started_at: float = 0.0
    began: float = 0.0

    def is_admin(self, principal: str) -> bool:
        """Whether a principal may do what concerns the daemon and everybody."""
        return not self.locks().needed or principal in self.admin_keys

    def check_admin(self, principal: str) -> None:
        """Raises `Forbidden` if it may not."""
        if not self.is_admin(principal):
            raise Forbidden(f"The key {principal!r} may not do that (server.admin_keys).")
