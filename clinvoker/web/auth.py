"""
Who is asking: from the key in a request's headers to a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from twisted.web.http_headers import Headers

from clinvoker.errors import Unauthorized
from clinvoker.keys import Locks

ANONYMOUS = "anonymous"
NOBODY = "-"  # where no key was looked at
# What a proxy adds: the peer of the connection is then not who asks.
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")


def nobody(transport: object) -> str:
    """Where a connection says nothing about who is behind it."""
    return ""


class Keyring:
    """
    The keys that open the doors; `locks` gives those that are good now.  `peer` gives the name of the key
    that the other end of a connection stands for, or nothing.
    """

    def __init__(self, locks: Callable[[], Locks], peer: Callable[[object], str] = nobody) -> None:
        self._locks = locks
        self._peer = peer

    def principal(self, headers: Headers, transport: object = None) -> str:
        """
        The name of the key sent as `Authorization: Bearer` or `X-Api-Key`, else of that which the peer
        stands for; `ANONYMOUS` if no key is needed.

        Raises `Unauthorized` if none of the keys sent is known; its text never holds a key.
        """
        locks = self._locks()
        if not locks.needed:
            return ANONYMOUS
        sent = [*_sent(headers)]
        known = next(filter(None, map(locks.name, sent)), "") or self._known_peer(headers, transport, locks)
        if known:
            return known
        if not sent:
            raise Unauthorized("An API key is required: send it as 'Authorization: Bearer KEY'.")
        raise Unauthorized("The API key is not known to this daemon.")

    def _known_peer(self, headers: Headers, transport: object, locks: Locks) -> str:
        """SDKs insist on sending some key: one that is not known does not shut out a peer who is."""
        name = self._peer(transport)
        # A revoked key has no rights of its own any more, which would mean all of them.
        if not name or name not in locks.names or any(map(headers.hasHeader, FORWARDED)):
            return ""
        return name


def sends_key(headers: Headers) -> bool:
    """Whether there is any key in them, good or not."""
    return any(_sent(headers))


def _sent(headers: Headers) -> Iterator[bytes]:
    for value in headers.getRawHeaders(b"authorization", []):
        scheme, _, key = value.strip().partition(b" ")
        if scheme.lower() == b"bearer" and key.strip():
            yield key.strip()
    for value in headers.getRawHeaders(b"x-api-key", []):
        if value.strip():
            yield value.strip()
