"""
Where a request comes from, and how many each address may send.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import attrs
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.web.http_headers import Headers

from clinvoker.errors import AddressRateLimited

_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5}", re.ASCII)

UNIX = "unix"  # in place of an address: whoever comes over a UNIX socket

# Addresses remembered; past that the one that asked longest ago is forgotten, and begins anew.
MOST = 10_000


def address_of(peer: IAddress | None) -> str:
    """The address of whoever connected."""
    return getattr(peer, "host", None) or UNIX


def is_unix(address: str) -> bool:
    """Whether somebody came over a UNIX socket, known by his user or not."""
    return address.startswith(UNIX)


class Proxies:
    """
    Those whose `X-Forwarded-For` is believed: addresses, networks, and `unix` for whoever comes over a UNIX
    socket.  What clients say themselves stands left of what the proxies add, and is not looked at; nor is
    `Forwarded`, which says the same in other words: who could choose between two could choose his address.
    """

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ip_network(each, strict=False) for each in trusted if each != UNIX]
        self._unix = UNIX in trusted

    def client(self, address: str, headers: Headers) -> str:
        """The address nearest to us that is no proxy's of ours; `address` is whose connection it is."""
        if not self._networks and not self._unix:
            return address
        sent = b",".join(headers.getRawHeaders(b"x-forwarded-for", []))
        passed = [part.strip().decode("latin-1") for part in sent.split(b",") if part.strip()]
        while passed and self._trusts(address) and (found := node_of(passed.pop())):
            address = found
        return address

    def _trusts(self, address: str) -> bool:
        if is_unix(address):
            return self._unix
        found = _parsed(address)
        return found is not None and any(found in network for network in self._networks)


@attrs.define
class _Bucket:
    level: float
    filled: float


class Pace:
    """So many requests a second from each address, and so many at once after a pause; 0: any number."""

    def __init__(self, clock: IReactorTime, rps: float, burst: int) -> None:
        self._clock = clock
        self._rps = rps
        self._burst = burst or max(1, int(rps))
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def check(self, address: str) -> None:
        """Raises `AddressRateLimited` where one more is too many."""
        if not self._rps:
            return
        now, key = self._clock.seconds(), home_of(address)
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        self._buckets.move_to_end(key)
        while len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        gained = max(0.0, now - bucket.filled) * self._rps
        bucket.level, bucket.filled = min(self._burst, bucket.level + gained), now
        if bucket.level < 1:
            raise AddressRateLimited(self._rps, (1 - bucket.level) / self._rps)
        bucket.level -= 1


def home_of(address: str) -> str:
    """Whose bucket it is: of IPv6 a whole network of 64 bits is one customer's."""
    found = _parsed(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return address


def node_of(text: str) -> str:
    """
    The address in what a proxy wrote of whom it forwards for, without port, brackets, quotes and zone: some
    put each of these there.  Nothing for `unknown`, made-up names, and whatever else is no address.
    """
    text = text.strip(' \t"')
    within = _WITH_PORT.fullmatch(text)
    found = _parsed((within[1] or within[2] if within else text).partition("%")[0])
    return "" if found is None else str(found)


def _parsed(text: str) -> object:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def network(text: str) -> IPv4Network | IPv6Network | None:
    """The network that a setting names; None if it is none."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
