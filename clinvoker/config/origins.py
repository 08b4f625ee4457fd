"""
Every key with its value, and where that comes from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from clinvoker.config import ConfigError, layered, read_layers
from clinvoker.config.checking import Path, Tree, merged
from clinvoker.config.environment import variables
from clinvoker.config.paths import has, leaves
from clinvoker.config.values import Backend, File

DEFAULT = "default"


class Setting(msgspec.Struct, frozen=True):
    """One key: its value, and a flag, a variable, the file's name or `default`."""

    path: Path
    value: object
    origin: str

    @property
    def name(self) -> str:
        """With dots."""
        return ".".join(self.path)


def settled(
    text: str,
    environ: Mapping[str, str],
    flags: Mapping[str, Tree],
    backends: Collection[str],
    file: str,
) -> list[Setting]:
    """
    All keys.  `flags` are trees by the names of what was given; `file` is what the file of this text is
    called.

    Raises `ConfigError` for values that are none.
    """
    complaints: list[str] = []
    said, of_environment = read_layers(text, environ, backends, complaints)
    if complaints:
        raise ConfigError(complaints)
    by_variable = {path: name for name, path in variables(environ, backends).items()}
    above = [(name, tree) for name, tree in reversed([*flags.items()])]

    def origin(path: Path) -> str:
        given = next((name for name, tree in above if has(tree, path)), "")
        variable = next((by_variable[known] for known in by_variable if known == path[: len(known)]), "")
        return given or variable or (file if has(said, path) else DEFAULT)

    tree = layered(said, of_environment)
    for over in flags.values():
        tree = layered(tree, over)
    whole = merged(defaults({*backends, *_mapping(tree, "backends")}), tree)
    listed = msgspec.json.decode(msgspec.json.encode(whole))  # as YAML has it: no tuples
    return [
        Setting(path, value, origin(path) if has(tree, path) else DEFAULT) for path, value in leaves(listed)
    ]


def defaults(backends: Collection[str]) -> Tree:
    """What holds where nothing is said."""
    said = {name: msgspec.to_builtins(Backend()) for name in sorted(backends)}
    return {**msgspec.to_builtins(File()), "backends": said}


def _mapping(tree: Tree, key: str) -> Mapping[str, object]:
    value = tree.get(key)
    return value if isinstance(value, Mapping) else {}
