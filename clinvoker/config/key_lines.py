"""
Lines of a file of keys: `NAME: KEY`, or `sha256:SALT:DIGEST` in the key's place, and what the key may.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from clinvoker.config.values import Key

HASHED = "sha256:"
_HASHED = re.compile(r"sha256:([0-9a-f]{2,128}):([0-9a-f]{64})")
_WORD = re.compile(r"([a-z_]+)=(\S+)")


class BadLine(ValueError):
    """The line is none; the text says what it holds instead, after its number."""


def key_in(words: Sequence[str]) -> Key:
    """The key that these words are, the name first.  Raises `BadLine`."""
    name, key, *said = words
    told: dict[str, object] = {"name": name, "key": key}
    if key.startswith(HASHED):
        found = _HASHED.fullmatch(key)
        if found is None:
            raise BadLine(f"holds no SHA-256 for {name!r}")
        told |= {"key": "", "salt": found[1], "digest": found[2]}
    for word in said:
        told |= _told(word)
    try:
        return msgspec.convert(told, Key, strict=False)
    except msgspec.ValidationError as error:
        raise BadLine(f"is wrong about {name!r}: {str(error).replace('`', '')}") from None


def line_of(key: Key) -> str:
    """The line of a hashed key."""
    said = {
        "models": ",".join(key.models),
        "modes": ",".join(key.modes),
        "requests_per_day": key.requests_per_day or "",
        "tokens_per_day": key.tokens_per_day or "",
        "created": key.created,
    }
    words = [f"{name}={value}" for name, value in said.items() if value]
    return " ".join([f"{key.name}: {HASHED}{key.salt}:{key.digest}", *words])


def words_in(line: str) -> list[str]:
    """The words of a line; from `#` on it is a comment."""
    return line.split("#", 1)[0].replace(": ", " ", 1).split()


def has_keys(text: str) -> bool:
    """Whether there is more than comments."""
    return any(map(words_in, text.splitlines()))


def _told(word: str) -> dict[str, object]:
    found = _WORD.fullmatch(word)
    if found is None:
        raise BadLine("holds more than a name and a key")
    name, value = found.groups()
    if name not in ("models", "modes", "requests_per_day", "tokens_per_day", "created"):
        raise BadLine(f"holds {name!r}, which no key has")
    return {name: value.split(",") if name in ("models", "modes") else value}
