"""
API keys as the rooms are given them: no key itself, only what tells that one is known, and what it may do.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated

import msgspec
from msgspec import Meta

from clinvoker.agency import Mode

AtLeastNone = Annotated[float, Meta(ge=0)]
CountOrNone = Annotated[int, Meta(ge=0)]


class Lock(msgspec.Struct, frozen=True):
    """SHA-256 of a salt and a key; the salt is empty where the key itself was given."""

    name: str
    digest: bytes
    salt: bytes = b""

    def __repr__(self) -> str:
        """Not what a guess could be tried against."""
        return f"<Lock {self.name}>"


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a key may: models by names and patterns, modes, and directories to have agents work in.  Empty is
    everything, but for agent mode and its directories, which then are for others to say.
    """

    models: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()
    workdirs: tuple[str, ...] = ()

    def model(self, words: Iterable[str]) -> bool:
        """Whether a model may be used, given all words for it."""
        return not self.models or any(fnmatchcase(word, pattern) for word in words for pattern in self.models)

    def mode(self, mode: Mode) -> bool:
        """Whether a mode may be used."""
        return not self.modes or mode in self.modes


EVERYTHING = Rights()


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """How much a key may; 0 is no bound.  Days and months are UTC's; costs are in US dollars."""

    requests_per_second: AtLeastNone = 0.0
    burst: CountOrNone = 0  # so many at once, after a pause; 0: as many as a second has, or one
    concurrent: CountOrNone = 0
    requests_per_day: CountOrNone = 0
    tokens_per_day: CountOrNone = 0
    tokens_per_month: CountOrNone = 0
    cost_per_day: AtLeastNone = 0.0
    cost_per_month: AtLeastNone = 0.0

    @property
    def paced(self) -> bool:
        """Whether it is bounded how many may begin in a time."""
        return self.requests_per_second > 0

    @property
    def most_at_once(self) -> int:
        """How many may begin at once after a pause."""
        return self.burst or max(1, int(self.requests_per_second))

    @property
    def accounted(self) -> bool:
        """Whether it depends on what was used before."""
        counted = (self.requests_per_day, self.tokens_per_day, self.tokens_per_month)
        return any(counted) or self.cost_per_day > 0 or self.cost_per_month > 0

    def over(self, other: Allowance) -> Allowance:
        """This where it bounds, else the other."""
        said = {name: getattr(self, name) or getattr(other, name) for name in self.__struct_fields__}
        return Allowance(**said)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Of requests and tokens: how many, how many are left, seconds until all are; 0 where unbounded."""

    requests: int = 0
    requests_left: int = 0
    requests_reset: float = 0.0
    tokens: int = 0
    tokens_left: int = 0
    tokens_reset: float = 0.0

    def of_requests(self, most: int, left: int, reset: float) -> Standing:
        """The same with these of requests."""
        return msgspec.structs.replace(self, requests=most, requests_left=left, requests_reset=reset)

    def of_tokens(self, most: int, left: int, reset: float) -> Standing:
        """The same with these of tokens."""
        return msgspec.structs.replace(self, tokens=most, tokens_left=left, tokens_reset=reset)


class Locks:
    """
    All keys that are good now.  `needed` is whether one is needed at all: not where there never was any.

    A key is looked up by its digest, once for each salt.  How long that takes tells nothing that could be
    used: nobody can choose a digest.
    """

    def __init__(self, locks: Iterable[Lock] = (), needed: bool = False) -> None:
        self._by_salt: dict[bytes, dict[bytes, Lock]] = {}
        for lock in locks:
            self._by_salt.setdefault(lock.salt, {})[lock.digest] = lock
        self.names = frozenset(lock.name for known in self._by_salt.values() for lock in known.values())
        self.needed = needed or bool(self._by_salt)

    def name(self, key: bytes) -> str:
        """The name of a key; empty if it is not known."""
        for salt, locks in self._by_salt.items():
            digest = digest_of(key, salt)
            lock = locks.get(digest)
            if lock is not None and compare_digest(lock.digest, digest):
                return lock.name
        return ""


def digest_of(key: bytes, salt: bytes = b"") -> bytes:
    """
    What is kept of a key.  Fast on purpose: keys that we make hold 256 bits of chance, which no search finds,
    and each request is to be let in at once.
    """
    return sha256(salt + key).digest()


def locks_of(keys: Iterable[tuple[str, str]]) -> Locks:
    """Of keys that are known themselves, with their names."""
    return Locks(Lock(name, digest_of(key.encode("utf-8"))) for name, key in keys)
