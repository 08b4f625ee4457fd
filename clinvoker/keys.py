"""
API keys as the rooms are given them: no key itself, only what tells that one is known, and what it may do.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from hashlib import sha256
from hmac import compare_digest

import msgspec

from clinvoker.agency import Mode


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
    What a key may: models by names and patterns, and modes.  Empty is everything, but for agent mode, which
    then is for others to say.
    """

    models: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()

    def model(self, words: Iterable[str]) -> bool:
        """Whether a model may be used, given all words for it."""
        return not self.models or any(fnmatchcase(word, pattern) for word in words for pattern in self.models)

    def mode(self, mode: Mode) -> bool:
        """Whether a mode may be used."""
        return not self.modes or mode in self.modes


EVERYTHING = Rights()


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
