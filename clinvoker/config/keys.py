"""API keys, from the environment and from a file; what becomes of one with a name is in `key_lines`."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from clinvoker.config.key_lines import BadLine, check_named, key_in, words_in
from clinvoker.config.values import Key
from clinvoker.keys import Allowance

# Shorter keys work, with a warning: they can be guessed.
SHORT_KEY = 16
NO_KEY = "Holds no key"


def keys_in_list(text: str, complaints: list[str], subject: str) -> tuple[Key, ...]:
    """Keys separated by commas, named by what they are (`unnamed`); blank text holds none."""
    keys = dict.fromkeys(part.strip() for part in text.split(","))
    found = [unnamed(key) for key in keys if key]
    if text.strip() and not found:
        complaints.append(f"{subject}: Holds commas but no key")
    return _sound(found, complaints, subject)


def keys_in_file(text: str, complaints: list[str], subject: str) -> tuple[Key, ...]:
    """
    One key in each line, as `name: key`, `name key` or `key`, the first two with what it may after them; from
    `#` on a line is a comment.

    A file without a key is a complaint: its owner believes that there are keys.
    """
    found: list[Key] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = words_in(line)
        try:
            check_named(line)
            if words:
                found.append(key_in(words) if len(words) > 1 else unnamed(words[0]))
        except BadLine as error:
            complaints.append(f"{subject}: Line {number} {error}")
    if not found:
        complaints.append(f"{subject}: {NO_KEY}")
    return _sound(found, complaints, subject)


def unnamed(key: str) -> Key:
    """
    A key without a name of its own: `key-` and eight hexadecimal digits of its SHA-256.  Not its place in the
    list: what is kept for a key must not become another's when keys come and go.
    """
    digest = sha256(key.encode(errors="surrogatepass")).hexdigest()
    return Key(f"key-{digest[:8]}", key)


def warnings_about(keys: Iterable[Key]) -> list[str]:
    """Sentences about keys that work but should be better."""
    return [
        f"The API key {key.name!r} has fewer than {SHORT_KEY} characters and can be guessed."
        for key in keys
        if key.key and len(key.key) < SHORT_KEY
    ]


def warnings_about_costs(per_key: Allowance, keys: Iterable[Key]) -> list[str]:
    """Sentences about bounds on costs where nothing has a price."""
    named = [("per_key", per_key), *((f"The API key {key.name!r}", key.allowance) for key in keys)]
    return [
        f"{who} has a bound on costs, but `prices` is empty: it is never reached."
        for who, allowed in named
        if allowed.cost_per_day or allowed.cost_per_month
    ]


def _sound(keys: list[Key], complaints: list[str], subject: str) -> tuple[Key, ...]:
    for key in keys:
        # What a header cannot carry, no client could ever send.
        if key.key and not (key.key.isascii() and key.key.isprintable() and " " not in key.key):
            complaints.append(f"{subject}: The key {key.name!r} holds blanks or non-ASCII characters")
    names = [key.name for key in keys]
    twice = sorted({name for name in names if names.count(name) > 1})
    complaints.extend(f"{subject}: The name {name!r} is there twice" for name in twice)
    return tuple(keys)
