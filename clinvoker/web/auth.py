"""
Who is asking: from the key in a request's headers to a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from hmac import compare_digest

from twisted.web.http_headers import Headers

from clinvoker.errors import Unauthorized

ANONYMOUS = "anonymous"


class Keyring:
    """
    The keys that open the doors.  Holds digests only: equally long, so that comparing them
    tells nothing of a key, not even its length.
    """

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        self._digests = [(name, sha256(key.encode("utf-8")).digest()) for name, key in keys]

    def principal(self, headers: Headers) -> str:
        """
        The name of the key sent as `Authorization: Bearer` or `X-Api-Key`; `ANONYMOUS` if no
        key is configured.

        Raises `Unauthorized` if none of the keys sent is known; its text never holds a key.
        """
        if not self._digests:
            return ANONYMOUS
        sent = [*_sent(headers)]
        if not sent:
            raise Unauthorized("An API key is required: send it as 'Authorization: Bearer KEY'.")
        known = [name for key in sent for name in self._names(key)]
        if not known:
            raise Unauthorized("The API key is not known to this daemon.")
        return known[0]

    def _names(self, key: bytes) -> list[str]:
        digest = sha256(key).digest()
        # All are compared, whichever matches: the time must not tell which one did.
        return [name for name, ours in self._digests if compare_digest(ours, digest)]


def _sent(headers: Headers) -> Iterator[bytes]:
    for value in headers.getRawHeaders(b"authorization", []):
        scheme, _, key = value.strip().partition(b" ")
        if scheme.lower() == b"bearer" and key.strip():
            yield key.strip()
    for value in headers.getRawHeaders(b"x-api-key", []):
        if value.strip():
            yield value.strip()
