"""
Keys by their dotted names, such as `server.port`, and what is at them in a tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args, get_origin

from clinvoker.config.checking import Path, Tree, fields_of, own_name, section_in, suggestion
from clinvoker.config.values import AgentModel, File


class UnknownKey(ValueError):
    """There is no such key; the text is a sentence that says which is probably meant."""


def path_of(name: str) -> Path:
    """
    The path of a dotted name.  Names of models have dots of their own.

    Raises `UnknownKey`.
    """
    parts = tuple(name.split("."))
    if parts[0] == "models" and len(parts) > 2:
        deeper = parts[-1] in AgentModel.__struct_fields__
        middle = parts[1:-1] if deeper else parts[1:]
        parts = ("models", ".".join(middle), *(parts[-1:] if deeper else ()))
    if "" in parts:
        raise UnknownKey(f"{name!r} is no name of a key, such as server.port")
    parts = tuple(own_name(parts[: depth + 1]) for depth in range(len(parts)))
    _check(parts)
    return parts


def _check(path: Path) -> None:
    kind: object = File
    for depth, part in enumerate(path):
        section = section_in(kind)
        if section is not None:
            fields = fields_of(section)
            if part not in fields:
                here = path[: depth + 1]
                raise UnknownKey(f"{'.'.join(here)}: Unknown key{suggestion(here, fields)}")
            kind = fields[part]
        elif get_origin(kind) is Mapping:
            kind = get_args(kind)[1]
        else:
            raise UnknownKey(f"{'.'.join(path)}: {'.'.join(path[:depth])} is one value and has no keys")


def nested(path: Path, value: object) -> object:
    """The tree in which only this is."""
    for key in reversed(path):
        value = {key: value}
    return value


def found(tree: object, path: Path) -> object:
    """What is there; raises `KeyError` if nothing is."""
    for key in path:
        if not isinstance(tree, Mapping):
            raise KeyError(key)
        tree = tree[key]
    return tree


def has(tree: object, path: Path) -> bool:
    """Whether something is there."""
    try:
        found(tree, path)
    except KeyError:
        return False
    return True


def leaves(tree: Tree, below: Path = ()) -> Iterator[tuple[Path, object]]:
    """All that is not a mapping itself, or an empty one, with its path."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*below, key))
        else:
            yield (*below, key), value
