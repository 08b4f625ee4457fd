"""How long HTTP clients may keep the daemon waiting, and how many connections there may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from clinvoker.config.numbers import CountOrNone, SecondsOrNone
from clinvoker.config.section import Section

# In place of an address: whoever comes over a UNIX socket.
UNIX = "unix"


class Http(Section, frozen=True, kw_only=True):
    """Seconds, connections, and bytes; 0 is no bound."""

    header_secs: SecondsOrNone = 20.0  # for the headers of a request
    body_secs: SecondsOrNone = 60.0  # between two kilobytes of its body
    idle_secs: SecondsOrNone = 60.0  # between two requests
    max_connections: CountOrNone = 10_000
    max_connections_per_address: CountOrNone = 1000
    max_bodies_bytes: CountOrNone = 256 * 1024 * 1024  # of all that arrive at once


def complaints_about_proxies(trusted: Iterable[str]) -> Iterator[str]:
    """What is wrong with who may say for whom he asks."""
    for each in trusted:
        try:
            ip_network(each, strict=False)
        except ValueError:
            if each != UNIX:
                yield f"server.trusted_proxies: {each!r} is neither an address, nor a network, nor unix"
