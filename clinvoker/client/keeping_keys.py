"""What the commands about API keys do."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec

from clinvoker.client.configuring import complaints_of, settings_of
from clinvoker.client.exits import CONFIG, CommandFailed
from clinvoker.client.flags import Given
from clinvoker.client.replacing import replace_file
from clinvoker.client.tables import table
from clinvoker.config import Key
from clinvoker.config.environment import API_KEYS
from clinvoker.config.key_lines import BadLine, bounds, key_in, line_of, words_in
from clinvoker.config.keys import NO_KEY, keys_in_file, keys_in_list, unnamed
from clinvoker.keys import digest_of
from clinvoker.sources import own_keys, read_secret

HEAD = ("NAME", "KEPT", "MODELS", "MODES", "WORKDIRS", "AT MOST", "CREATED")
SPECIAL = ("anonymous", "*")
NEW_FILE = """\
# API keys of clinvoker, one in each line; `clinvk keys create` adds one, `clinvk keys revoke` takes one away.
"""
STILL_NAMED = (
    "The configuration does not do without {!r}: until it is mended no daemon starts, and none reads it anew:"
)


def create(given: Given, name: str, said: Mapping[str, object], as_json: bool) -> None:
    """Make a key and print it."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", name) or name in SPECIAL:
        raise CommandFailed(
            f"{name!r} is no name for a key: letters, digits and ._@- are, at most 64.", CONFIG
        )
    file = _file(given)
    secret = f"clk_{secrets.token_urlsafe(32)}"
    with _locked(file):
        text = _text(file)
        known = [*_in_file(file, text), *_in_environment()]
        if name in [key.name for key in known]:
            raise CommandFailed(f"There is a key {name!r} already; revoke it first.", CONFIG)
        salt = next((key.salt for key in known if key.salt), "") or secrets.token_hex(16)
        key = _key(name, secret, salt, said)
        replace_file(file, f"{text.rstrip() or NEW_FILE.rstrip()}\n{line_of(key)}\n")
    if as_json:
        print(json.dumps({"name": name, "key": secret, **_told(key)}, indent=2))
    else:
        print(secret)
    _explain(key, file, first=not known)


def list_(given: Given, as_json: bool) -> None:
    """All keys."""
    file = _file(given)
    kept = [(key, "hashed" if key.digest else "as it is") for key in _in_file(file, _text(file))]
    kept += [(key, "environment") for key in _in_environment()]
    if as_json:
        print(json.dumps([{"name": key.name, "kept": how, **_told(key)} for key, how in kept], indent=2))
    elif kept:
        print(table(HEAD, [_row(key, how) for key, how in kept]))
    else:
        print(f"There are no keys in {file}.")


def revoke(given: Given, name: str) -> None:
    """Take the line of a key out of the file."""
    file = _file(given)
    known = [_complaint(said) for said in complaints_of(given)]
    with _locked(file):
        lines = _text(file).splitlines(keepends=True)
        left = [line for line in lines if _name_in(line) != name]
        if len(left) == len(lines):
            raise CommandFailed(f"There is no key {name!r} in {file}; `clinvk keys list` lists them.", CONFIG)
        replace_file(file, "".join(left))
    print(f"Revoked {name}.")
    if not any(map(words_in, left)):
        _say(
            f"No key is left: a daemon that runs lets nobody in; none starts until {file} has one or is gone."
        )
    # What holds no key was just told.
    found = [said for said in complaints_of(given) if not said.endswith(NO_KEY)]
    new = [said for said in found if _complaint(said) not in known]
    if new:
        _say("\n".join([STILL_NAMED.format(name), *(f"  {said}" for said in new)]))


# --- within


def _file(given: Given) -> Path:
    """Where the keys are; a configuration that cannot be used for want of a key is no hindrance."""
    said = next(setting.value for setting in settings_of(given) if setting.name == "server.api_keys_file")
    return Path(os.path.expanduser(str(said))) if said else own_keys(os.environ)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """No two commands change it at once, or one of their keys would be lost."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(file.parent, os.O_RDONLY)
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror or error}.", CONFIG) from None
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _text(file: Path) -> str:
    try:
        return read_secret(str(file))
    except FileNotFoundError:
        return ""
    except OSError as error:
        told = f"{file}: {error.strerror}" if error.strerror else error
        raise CommandFailed(f"{told}.", CONFIG) from None


def _in_file(file: Path, text: str) -> Sequence[Key]:
    if not any(map(words_in, text.splitlines())):
        return ()
    complaints: list[str] = []
    found = keys_in_file(text, complaints, str(file))
    if complaints:
        raise CommandFailed("\n".join(complaints), CONFIG)
    return found


def _in_environment() -> Sequence[Key]:
    return keys_in_list(os.environ.get(API_KEYS, ""), [], API_KEYS)


def _key(name: str, secret: str, salt: str, said: Mapping[str, object]) -> Key:
    """The key as it is kept.  Raises `CommandFailed` for what it cannot have."""
    digest = digest_of(secret.encode("ascii"), bytes.fromhex(salt)).hex()
    words = [f"{what}={value}" for what, value in said.items() if value]
    try:
        if any(set(word) & set(" \t\n#") for word in words):
            raise BadLine("holds blanks; names, patterns and paths hold none")
        key = key_in([name, f"sha256:{salt}:{digest}", *words])
    except BadLine as error:
        raise CommandFailed(f"The line of the key {error}.", CONFIG) from None
    return msgspec.structs.replace(key, created=date.today().isoformat())


def _name_in(line: str) -> str:
    words = words_in(line)
    return words[0] if len(words) > 1 else unnamed(words[0]).name if words else ""


def _complaint(said: str) -> str:
    """Without the names that are left, which are others now."""
    return said.partition(";")[0]


def _told(key: Key) -> dict[str, object]:
    return {
        "models": [*key.models],
        "modes": [*key.modes],
        "workdirs": [*key.workdirs],
        "at_most": bounds(key.allowance),
        "created": key.created or None,
    }


def _row(key: Key, how: str) -> tuple[object, ...]:
    usual = {"models": "any", "modes": "as configured", "workdirs": "as configured"}
    words = [",".join(getattr(key, name)) or word for name, word in usual.items()]
    most = ", ".join(f"{value:g} {name}" for name, value in bounds(key.allowance).items())
    return (key.name, how, *words, most or "as configured", key.created or "-")


def _explain(key: Key, file: Path, first: bool) -> None:
    _say(
        f"This is shown once; its SHA-256 is kept in {file}. A running daemon knows it two seconds from now."
    )
    if first:
        _say("It is the first: from now on nobody comes in without a key.")
    if "agent" in key.modes:
        _say("It works as an agent where agent.allowed_workdir_prefixes lets it.")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
