"""
Damage: to JSON as a tree, to texts, to bytes.  What was given is never changed, a damaged copy comes back.
"""

from __future__ import annotations

import json
from typing import Any

from tests.fuzzing.chance import Chance

Json = Any


def _nested(depth: int) -> Json:
    value: Json = 1
    for _ in range(depth):
        value = [value]
    return value


TEXTS = (
    *("", " ", "a", "0", "-1", "1e999", "true", "null", "\x00", "\n", "\r\n", "\t", "\x1b[2J", "\x7f"),
    *("\ud800", "\udc00", "a\ud83d", "\ude00b", "\U0001f600", "\u2028", "\u0085", "\ufeff", "e\u0301", "İ"),
    *("/", "/..", "../../etc/passwd", "~", "$HOME", "{directory}", "@/etc/passwd", "/clear", "-", "--help"),
    *("data:", "data:image/png;base64,AAAA", "http://x", "http://[", "%", "%s", "{}", "{{previous}}", "```"),
    *(
        "[",
        "[]",
        "{",
        '{"a":1}',
        '"',
        "\\",
        "(",
        "(a+)+$",
        "\\p{L}",
        "\\ud800",
        "#",
        "#/$defs/x",
        "*",
        "x" * 5000,
    ),
)
NUMBERS = (
    *(0, 1, -1, 2, 64, 100, 127, 128, 1000, 10_001, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**30),
    *(-(2**31), -(2**63), -(10**30), 0.0, -0.0, 0.5, -0.5, 1.5, 2.0, 1e-300, 1e300, 1.7e308),
    *(float("nan"), float("inf"), float("-inf")),
)
OTHERS = (None, True, False, [], {}, [[]], {"": None}, [None], {"a": {}}, {"type": "text"}, [{}], _nested(40))
VALUES = (*TEXTS, *NUMBERS, *OTHERS, *OTHERS)
DEEP = (_nested(400), _nested(990))
PIECES = (
    b"\x00",
    b"\n",
    b"\r",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\u",
)
BLOBS = (*PIECES, b"\xf0\x9f\x98", b"\\ud83d", b"1e999", b"-", b"[" * 2000, b'{"a":' * 1200, b"\xef\xbb\xbf")


class Damage:
    """Does it; `words` are keys and texts that mean something to what is fuzzed."""

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        self._words = words or TEXTS

    @classmethod
    def of(cls, *seeds: Json) -> Damage:
        """With the words of these."""
        found: dict[str, None] = {}
        for seed in seeds:
            _collect(seed, found)
        return cls(tuple(found))

    def value(self, chance: Chance) -> Json:
        """Anything."""
        roll = chance.below(64)
        if roll == 0:
            return chance.pick(DEEP)
        return chance.pick(self._words) if roll < 16 else chance.pick(VALUES)

    def tree(self, value: Json, chance: Chance) -> Json:
        """JSON with damage at one place."""
        if chance.once_in(10):
            return self.value(chance)
        if isinstance(value, dict):
            return self._object(value, chance)
        if isinstance(value, list):
            return self._list(value, chance)
        if isinstance(value, str):
            return self.text(value, chance)
        return chance.pick(NUMBERS) if chance.below(2) else self.value(chance)

    def trees(self, value: Json, chance: Chance) -> Json:
        """JSON with damage at a place or a few."""
        while True:
            value = self.tree(value, chance)
            if not chance.once_in(3):
                return value

    def _object(self, value: dict[str, Json], chance: Chance) -> Json:
        roll = chance.below(24)
        if not value or roll == 0:
            return {**value, chance.pick(self._words): self.value(chance)}
        key = chance.pick([*value])
        if roll == 1:
            return {name: inner for name, inner in value.items() if name != key}
        if roll == 2:
            return {(chance.pick(self._words) if name == key else name): value[name] for name in value}
        if roll == 3:
            return {**value, chance.pick([*value]): value[key]}
        if roll == 4:
            return [value, value] if chance.below(2) else {key: value}
        return {**value, key: self.tree(value[key], chance)}

    def _list(self, value: list[Json], chance: Chance) -> Json:
        roll = chance.below(24)
        if not value or roll == 0:
            place = chance.below(len(value) + 1)
            return [*value[:place], self.value(chance), *value[place:]]
        place = chance.below(len(value))
        if roll == 1:
            return value[:place] + value[place + 1 :]
        if roll == 2:
            return [*value[:place], value[place], *value[place:]]
        if roll == 3:
            other = chance.below(len(value))
            return [value[other] if n == place else each for n, each in enumerate(value)]
        if roll == 4:
            return value[::-1] if chance.below(2) else value * (2 + chance.below(40))
        return [*value[:place], self.tree(value[place], chance), *value[place + 1 :]]

    def text(self, value: str, chance: Chance) -> str:
        """A text with damage."""
        place, roll = chance.below(len(value) + 1), chance.below(6)
        if roll == 0:
            return chance.pick(self._words)
        if roll == 1:
            return value[:place]
        if roll == 2:
            return value[:place] + value[place + 1 :]
        if roll == 3:
            return value[place:] + value[:place]
        return value[:place] + (chance.pick(TEXTS) if roll == 4 else chance.pick(self._words)) + value[place:]

    def bytes(self, value: bytes, chance: Chance) -> bytes:
        """Bytes with damage."""
        place, roll = chance.below(len(value) + 1), chance.below(6)
        if roll == 0:
            return value[:place]
        if roll == 1:
            return value[:place] + value[place + 1 + chance.below(8) :]
        if roll == 2:
            return value[:place] + bytes((chance.below(256),)) + value[place + 1 :]
        if roll == 3:
            end = place + chance.below(40)
            return value[:end] + value[place:end] + value[end:]
        return value[:place] + chance.pick(BLOBS) + value[place:]

    def body(self, seed: Json, chance: Chance) -> bytes:
        """The bytes of JSON, damaged as a tree mostly, and as bytes sometimes."""
        told = written(self.trees(seed, chance)).encode()
        return self.bytes(told, chance) if chance.once_in(12) else told


def written(value: Json) -> str:
    """JSON as text; what is deeper than Python writes is deep in another way."""
    try:
        return json.dumps(value)
    except RecursionError:
        return '{"messages":' + "[" * 1100 + "]" * 1100 + "}"


def _collect(value: Json, found: dict[str, None]) -> None:
    if isinstance(value, str):
        if len(value) < 100:
            found[value] = None
    elif isinstance(value, dict):
        for key, inner in value.items():
            found[key] = None
            _collect(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found)
