"""
Who is asking: from the key in a request's headers to a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from twisted.web.http_headers import Headers

from clinvoker.errors import Unauthorized
from clinvoker.keys import Locks

ANONYMOUS = "anonymous"


class Keyring:
    """
    The keys that open the doors; `locks` gives those that are good now.
    """

    def __init__(self, locks: Callable[[], Locks]) -> None:
        self._locks = locks

    def principal(self, headers: Headers) -> str:
        """
        The name of the key sent as `Authorization: Bearer` or `X-Api-Key`; `ANONYMOUS` if no
        key is needed.

        Raises `Unauthorized` if none of the keys sent is known; its text never holds a key.
        """
        locks = self._locks()
        if not locks.needed:
            return ANONYMOUS
        sent = [*_sent(headers)]
        if not sent:
            raise Unauthorized("An API key is required: send it as 'Authorization: Bearer KEY'.")
        known = next(filter(None, map(locks.name, sent)), "")
        if not known:
            raise Unauthorized("The API key is not known to this daemon.")
        return known


def _sent(headers: Headers) -> Iterator[bytes]:
    for value in headers.getRawHeaders(b"authorization", []):
        scheme, _, key = value.strip().partition(b" ")
        if scheme.lower() == b"bearer" and key.strip():
            yield key.strip()
    for value in headers.getRawHeaders(b"x-api-key", []):
        if value.strip():
            yield value.strip()
