"""
Web pages are kept out: any page a user visits can send requests to his own machine.

`Host` defeats DNS rebinding (a page's own name, pointed at this machine), `Origin` and
`Sec-Fetch-Site` defeat plain cross-site requests.  Programs send neither of the latter two.

Accepted as `Host`: loopback names and addresses, the address the connection came in at (an
address cannot be rebound), and `allowed_hosts`; anything over a UNIX socket, which no page can
reach; none at all, which HTTP/1.0 alone has, and no browser speaks.  Ports are not looked at.
`Origin: null` is foreign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address

from twisted.internet.interfaces import IAddress
from twisted.web.http_headers import Headers

from clinvoker.dialects.bodies import LONGEST_ECHO
from clinvoker.errors import Forbidden

_HOST = re.compile(rb"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d*)?", re.IGNORECASE)
_SAFE = (b"GET", b"HEAD", b"OPTIONS")


class Guard:
    """
    Says which requests may come in, as far as a browser may have been made to send them.
    """

    def __init__(self, allowed_hosts: Sequence[str], cors_allowed_origins: Sequence[str]) -> None:
        self._hosts = [host.lower() for host in allowed_hosts]
        self._origins = [_origin_pattern(origin) for origin in cors_allowed_origins]

    def check(self, method: bytes, headers: Headers, local: IAddress) -> None:
        """
        Raises `Forbidden` if the request may come from a page that has no business here.
        `local` is the address at which the connection arrived.
        """
        hosts = headers.getRawHeaders(b"host", [])
        for host in hosts:
            if not self._knows(name := host_name(host), local):
                name = name[:LONGEST_ECHO]
                raise Forbidden(f"The host name {name!r} is not served; add it to server.allowed_hosts.")
        for origin in headers.getRawHeaders(b"origin", []):
            if not self.allows(origin) and not _same(origin, hosts):
                raise Forbidden("This web origin may not call; add it to server.cors_allowed_origins.")
        if method not in _SAFE and not headers.hasHeader(b"origin") and _cross_site(headers):
            raise Forbidden("Requests across web sites must name their origin.")

    def allows(self, origin: bytes) -> bool:
        """Whether pages of this foreign origin may call and read the answers."""
        text = origin.decode("latin-1").lower()
        return any(pattern.fullmatch(text) for pattern in self._origins)

    def _knows(self, name: str, local: IAddress) -> bool:
        here = getattr(local, "host", None)  # a UNIX socket has none
        if here is None or _loopback(name):
            return True
        if any(fnmatchcase(name, host) for host in self._hosts):
            return True
        return name != "" and _address(name) is not None and _address(name) == _address(here)


def host_name(host: bytes) -> str:
    """The name in a `Host` header, lower case, without port, brackets and last dot; empty if it is none."""
    found = _HOST.fullmatch(host.strip())
    if not found:
        return ""
    name = (found[1] or found[2]).decode("ascii").lower().removesuffix(".")
    return "" if name.startswith(".") or ".." in name else name


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    # A listener on all of IPv6 sees IPv4 clients arrive at ::ffff:192.0.2.1.
    return getattr(address, "ipv4_mapped", None) or address


def _loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def _same(origin: bytes, hosts: Sequence[bytes]) -> bool:
    """Whether the page came from this daemon itself, by a name that was found good."""
    return origin.lower().partition(b"://")[2] in [host.strip().lower() for host in hosts]


def _cross_site(headers: Headers) -> bool:
    sites = headers.getRawHeaders(b"sec-fetch-site", [])
    return any(site.lower() not in (b"same-origin", b"none") for site in sites)


def _origin_pattern(origin: str) -> re.Pattern[str]:
    """`*` alone is everything, after the last colon any port, elsewhere any part of a host name."""
    if origin == "*":
        return re.compile(r".*", re.DOTALL)
    port = origin.endswith(":*")
    parts = origin.lower().removesuffix(":*").split("*")
    return re.compile(r"[a-z0-9.-]*".join(map(re.escape, parts)) + (r":\d+" if port else ""))
