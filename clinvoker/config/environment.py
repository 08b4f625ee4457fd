"""
Environment variables to a tree.

`CLINVK_SERVER__PORT` stands for `server.port`, and so on for every key.  Some names are
shorter, because people know them.  A list is written with commas or, as a mapping is, in YAML.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import get_args, get_origin

from clinvoker.config.checking import Checker, Path, fields_of, merged, own_name, section_in
from clinvoker.config.values import File

PREFIX = "CLINVK_"
API_KEYS = "CLINVK_API_KEYS"
SHORT: Mapping[str, Path] = {
    "CLINVK_BACKEND": ("default_backend",),
    "CLINVK_DEFAULT_BACKEND": ("default_backend",),
    "CLINVK_HOST": ("server", "host"),
    "CLINVK_PORT": ("server", "port"),
    "CLINVK_LISTEN": ("server", "listen"),
    "CLINVK_API_KEYS_FILE": ("server", "api_keys_file"),
    "CLINVK_API_KEYS_GOPASS_PATH": ("server", "api_keys_gopass_path"),
}
# Beyond this depth are names of the user's own, such as those of variables.
DEPTH_OF_KEYS = 3


def from_environment(
    environ: Mapping[str, str], backends: Collection[str], complaints: list[str]
) -> dict[str, object]:
    """
    The converted tree of all variables that stand for keys.

    An empty variable counts as unset.  Of those with the prefix that stand for nothing `unknown` tells, but
    of one that has the `__` of a path.
    """
    tree: dict[str, object] = {}
    for variable, path in variables(environ, backends).items():
        checker = Checker(subject=variable)
        found = checker.convert(File, _nested(path, value_of(path, environ[variable], checker)))
        complaints.extend(checker.complaints)
        assert isinstance(found, dict)
        tree = merged(tree, found)
    return tree


def variables(environ: Mapping[str, str], backends: Collection[str]) -> dict[str, Path]:
    """The variables that are set and stand for keys, with the keys' paths; the later holds."""
    short = {**SHORT, **{f"{PREFIX}{name.upper()}_MODEL": ("backends", name, "model") for name in backends}}
    paths = {variable: short.get(variable) or _path(variable) for variable in sorted(environ)}
    return {variable: path for variable, path in paths.items() if path and environ[variable]}


def _path(variable: str) -> Path:
    if not variable.startswith(PREFIX) or "__" not in variable:
        return ()
    parts = variable.removeprefix(PREFIX).split("__")
    return (*(part.lower() for part in parts[:DEPTH_OF_KEYS]), *parts[DEPTH_OF_KEYS:])


def value_of(path: Path, text: str, checker: Checker) -> object:
    """What a text stands for as the value of a key: a list has commas, or is written as YAML is."""
    if text[:1] in ("[", "{"):
        from clinvoker.config.yaml import load  # seldom, and slow to import

        return load(text, checker)
    if _is_list(path):
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _is_list(path: Path) -> bool:
    """Whether the key holds several texts; everything else is one."""
    kind: object = File
    for depth in range(1, len(path) + 1):
        section = section_in(kind)
        if section is not None:
            kind = fields_of(section).get(own_name(path[:depth]))
        else:
            kind = get_args(kind)[1] if get_origin(kind) is Mapping else None
    return get_origin(kind) is tuple


def _nested(path: Path, value: object) -> object:
    for key in reversed(path):
        value = {key: value}
    return value
