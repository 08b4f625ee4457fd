"""What the commands about the configuration do."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from clinvoker.client.exits import CONFIG, CommandFailed
from clinvoker.client.flags import Given
from clinvoker.client.replacing import read_file, replace_file
from clinvoker.client.tables import table
from clinvoker.config import ConfigError, read_config
from clinvoker.config.checking import Checker, Tree, merged
from clinvoker.config.checking import Path as Key
from clinvoker.config.environment import value_of
from clinvoker.config.origins import Setting, defaults, settled
from clinvoker.config.paths import UnknownKey, found, has, leaves, nested, path_of
from clinvoker.config.values import File
from clinvoker.sources import config_path, own_config, own_keys, read_secret

# What programs are told in their environment may be secret; `config get` tells it.
HIDDEN = "(hidden)"


# Said of every change.
AFTERWARDS = "; a daemon that runs takes it with clinvk reload"


def show(given: Given, origin: bool, as_json: bool) -> None:
    """All keys."""
    settings = [_hidden(setting) for setting in settings_of(given)]
    if as_json:
        print(_json(_tree(settings, origin)))
    elif origin:
        rows = [(setting.name, setting.origin, plain(setting.value)) for setting in settings]
        print(table(("KEY", "ORIGIN", "VALUE"), rows))
    else:
        print("\n".join(f"{setting.name}: {plain(setting.value)}" for setting in settings))


def get(given: Given, name: str, as_json: bool) -> None:
    """One key's value, or a section."""
    path = _path(name)
    tree = _tree(settings_of(given), False)
    try:
        value = found(tree, path)
    except KeyError:
        raise CommandFailed(f"{name}: There is no such name in the configuration.", CONFIG) from None
    if as_json:
        print(_json(value))
    elif isinstance(value, Mapping) and value:
        print("\n".join(f"{'.'.join(key)}: {plain(said)}" for key, said in leaves(value, path)))
    else:
        print(value if isinstance(value, str) else plain(value))


def set_(given: Given, name: str, text: str) -> None:
    """Set a key in the file."""
    from clinvoker.client.editing import with_value

    path = _path(name)
    value = _value(name, path, text)
    file = _file(given)
    before = read_file(file)
    after = with_value(before, path, value)
    _check(before, after)
    replace_file(file, after)
    print(f"Set {name} to {plain(value)} in {file}{AFTERWARDS}")
    _warn_of_what_goes_before(given, path)


def unset(given: Given, name: str) -> None:
    """Take a key out of the file."""
    from clinvoker.client.editing import without

    path, file = _path(name), _file(given)
    before = read_file(file)
    after = without(before, path)
    if after == before:
        print(f"{name} is not set in {file}")
        return
    _check(before, after)
    replace_file(file, after)
    print(f"Took {name} out of {file}{AFTERWARDS}")
    _warn_of_what_goes_before(given, path)


def validate(given: Given, as_json: bool) -> int:
    """Everything that is wrong; gives the exit code."""
    file = config_path(given.config, os.environ)
    try:
        text = _text(given)
        wrong: list[str] = _complaints(text, os.environ)
        warnings = [] if wrong else _read(text, os.environ).warnings
    except CommandFailed as error:
        wrong, warnings = [error.message], ()
    if as_json:
        told = {"valid": not wrong, "file": f"{file or ''}", "errors": wrong, "warnings": [*warnings]}
        print(_json(told))
    elif wrong:
        raise CommandFailed("\n".join(wrong), CONFIG)
    else:
        print("\n".join([*(f"Warning: {said}" for said in warnings), f"{file or 'No file; defaults'}: good"]))
    return CONFIG if wrong else 0


def path(given: Given) -> None:
    """Which file is read."""
    print(config_path(given.config, os.environ) or own_config(os.environ))


def init(given: Given) -> None:
    """Write the sample."""
    named = given.config or os.environ.get("CLINVK_CONFIG", "")
    file = Path(os.path.expanduser(named)) if named else own_config(os.environ)
    if os.path.lexists(file):
        raise CommandFailed(f"{file} is there already, and stays as it is.", CONFIG)
    replace_file(file, files("clinvoker.client").joinpath("sample.yaml").read_text(encoding="utf-8"))
    print(f"Wrote {file}")


def key_names() -> list[str]:
    """All keys, for the shell."""
    return [".".join(path) for path, _ in leaves(defaults(["claude", "codex", "gemini"]))]


def plain(value: object) -> str:
    """A value as YAML has it, in one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


# --- within


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _path(name: str) -> Key:
    try:
        return path_of(name)
    except UnknownKey as error:
        raise CommandFailed(str(error), CONFIG) from None


def _value(name: str, path: Key, text: str) -> object:
    """The text as the kind of value that the key has.  Raises `CommandFailed`."""
    checker = Checker(subject=name)
    tree = checker.convert(File, nested(path, value_of(path, text, checker)))
    if checker.complaints:
        raise CommandFailed("\n".join(checker.complaints), CONFIG)
    value = found(tree, path)
    if isinstance(value, Mapping) and not text.strip().startswith("{"):
        raise CommandFailed(f"{name} has keys of its own; set one of those.", CONFIG)
    return msgspec.json.decode(msgspec.json.encode(value))


def _file(given: Given) -> Path:
    return config_path(given.config, os.environ) or own_config(os.environ)


def _text(given: Given) -> str:
    file = config_path(given.config, os.environ)
    if file is None:
        return ""
    if not os.path.exists(file):
        raise CommandFailed(f"{file}: there is no such file.", CONFIG)
    return read_file(file)


def settings_of(given: Given) -> list[Setting]:
    """Every key as it holds.  Raises `CommandFailed` for values that are none."""
    file = config_path(given.config, os.environ)
    try:
        return settled(_text(given), os.environ, _of_flags(given), _backends(), f"{file or ''}")
    except ConfigError as error:
        raise CommandFailed("\n".join(error.complaints), CONFIG) from None


def complaints_of(given: Given) -> list[str]:
    """All that is wrong, in sentences."""
    return _complaints(_text(given), os.environ)


def _of_flags(given: Given) -> dict[str, Tree]:
    """What the flags of all commands say of keys."""
    said: list[tuple[str, object, Tree]] = [
        ("--backend", given.backend, {"default_backend": given.backend}),
        ("--output-format", given.output, {"output": {"format": given.output}}),
        ("--dry-run", given.dry_run, {"unified_flags": {"dry_run": True}}),
        ("--verbose", given.verbose, {"unified_flags": {"verbose": True}}),
        ("--no-color", given.no_color, {"output": {"color": False}}),
    ]
    return {name: tree for name, is_given, tree in said if is_given}


def _backends() -> list[str]:
    from clinvoker.service.backends import installed

    return [*installed()]


def _read(text: str, environ: Mapping[str, str]) -> Any:
    usual = str(own_keys(environ))
    return read_config(text, environ, backends=_backends(), read_secret=read_secret, keys_file=usual)


def _complaints(text: str, environ: Mapping[str, str]) -> list[str]:
    from clinvoker.service.confining import user_of

    try:
        if user := _read(text, environ).confinement.user:
            user_of(user)
    except ConfigError as error:
        return [*error.complaints]
    return []


def _check(before: str, after: str) -> None:
    """Raises `CommandFailed` for what would be wrong and was not."""
    known = _complaints(before, os.environ)
    new = [said for said in _complaints(after, os.environ) if said not in known]
    if new:
        raise CommandFailed("\n".join([*new, "Nothing was changed."]), CONFIG)


def _warn_of_what_goes_before(given: Given, path: Key) -> None:
    """A variable that holds in place of the file is easily forgotten."""
    bare = Given()
    bare.config = given.config
    for setting in settings_of(bare) if not _complaints(_text(bare), os.environ) else ():
        if setting.path == path and setting.origin.startswith("CLINVK_"):
            print(f"But {setting.origin} is set, and holds before the file.")


def _hidden(setting: Setting) -> Setting:
    secret = len(setting.path) > 3 and setting.path[0] == "backends" and setting.path[2] == "environment"
    return msgspec.structs.replace(setting, value=HIDDEN) if secret else setting


def _tree(settings: list[Setting], origin: bool) -> Tree:
    tree: dict[str, object] = {}
    for setting in settings:
        told = {"value": setting.value, "origin": setting.origin} if origin else setting.value
        below = nested(setting.path, told)
        assert isinstance(below, Mapping)
        tree = merged(tree, below) if not has(tree, setting.path) else tree
    return tree
