"""
Lines of a file of keys: `NAME: KEY`, or `sha256:SALT:DIGEST` in the key's place, and what the key may.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from msgspec.structs import asdict

from clinvoker.config.values import Key
from clinvoker.keys import Allowance

HASHED = "sha256:"
LISTS = ("models", "modes", "workdirs")
_HASHED = re.compile(r"sha256:([0-9a-f]{2,128}):([0-9a-f]{64})")
_WORD = re.compile(r"([a-z_]+)=(\S+)")


class BadLine(ValueError):
    """The line is none; the text says what it holds instead, after its number."""


def key_in(words: Sequence[str]) -> Key:
    """The key that these words are, the name first.  Raises `BadLine`."""
    name, key, *said = words
    told: dict[str, object] = {"name": name, "key": key}
    if key.startswith(HASHED):
        hashed = _HASHED.fullmatch(key)
        if hashed is None:
            raise BadLine(f"holds no SHA-256 for {name!r}")
        told |= {"key": "", "salt": hashed[1], "digest": hashed[2]}
    told |= _told(said)
    try:
        found = msgspec.convert(told, Key, strict=False)
    except msgspec.ValidationError as error:
        raise BadLine(f"is wrong about {name!r}: {str(error).replace('`', '')}") from None
    except UnicodeEncodeError:  # half of a character where a number should be
        raise BadLine(f"is wrong about {name!r}: Not UTF-8") from None
    for path in found.workdirs:
        if not path.startswith("/"):
            raise BadLine(f"is wrong about {name!r}: The directory {path!r} is not absolute")
    return found


def line_of(key: Key) -> str:
    """The line of a hashed key."""
    said = {name: ",".join(getattr(key, name)) for name in LISTS}
    said |= {name: f"{value:g}" for name, value in bounds(key.allowance).items()}
    words = [f"{name}={value}" for name, value in {**said, "created": key.created}.items() if value]
    return " ".join([f"{key.name}: {HASHED}{key.salt}:{key.digest}", *words])


def bounds(allowance: Allowance) -> dict[str, float]:
    """What it bounds, by name."""
    return {name: value for name, value in asdict(allowance).items() if value}


def words_in(line: str) -> list[str]:
    """The words of a line; from `#` on it is a comment."""
    return line.split("#", 1)[0].replace(": ", " ", 1).split()


def check_named(line: str) -> None:
    """Raises `BadLine` where a name should be and is not: before a colon, or a SHA-256."""
    words = words_in(line)
    if words and (line.lstrip().startswith(": ") or words[0].startswith(HASHED)):
        raise BadLine("holds a key without a name before it")


def has_keys(text: str) -> bool:
    """Whether there is more than comments."""
    return any(map(words_in, text.splitlines()))


def _told(said: Sequence[str]) -> dict[str, object]:
    told: dict[str, object] = {}
    allowed: dict[str, object] = {}
    for word in said:
        found = _WORD.fullmatch(word)
        if found is None:
            raise BadLine("holds more than a name and a key")
        name, value = found.groups()
        if name in told or name in allowed:
            raise BadLine(f"holds {name!r} twice")
        if name in Allowance.__struct_fields__:
            allowed[name] = value
        elif name in (*LISTS, "created"):
            told[name] = value.split(",") if name in LISTS else value
        else:
            raise BadLine(f"holds {name!r}, which no key has")
    return {**told, "allowance": allowed}
