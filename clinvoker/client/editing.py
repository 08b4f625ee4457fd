"""The text of a configuration, with one key different and everything else as it was, comments too."""

from __future__ import annotations

import io
import re
from collections.abc import MutableMapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from clinvoker.client.exits import CONFIG, CommandFailed
from clinvoker.config.checking import Path


def with_value(text: str, path: Path, value: object) -> str:
    """The text in which the key has this value.  Raises `CommandFailed` for what is no mapping in YAML."""
    yaml, tree = _read(text)
    place: MutableMapping[str, Any] = tree
    for key in path[:-1]:
        if not isinstance(place.get(key), MutableMapping):
            _put(place, key, CommentedMap())
        place = place[key]
    _put(place, path[-1], value)
    return _written(yaml, tree, text)


def without(text: str, path: Path) -> str:
    """The text without the key, and without what then would be empty.  The same if it is not there."""
    yaml, tree = _read(text)
    places: list[MutableMapping[str, Any]] = [tree]
    for key in path[:-1]:
        below = places[-1].get(key)
        if not isinstance(below, MutableMapping):
            return text
        places.append(below)
    if path[-1] not in places[-1]:
        return text
    for place, key in zip(reversed(places), reversed(path), strict=True):
        del place[key]
        if place:
            break
    return _written(yaml, tree, text)


def _put(place: MutableMapping[str, Any], key: str, value: object) -> None:
    """What is new goes where no comment about another key stands before it, if there is such a place."""
    if key in place or not isinstance(place, CommentedMap) or not place:
        place[key] = value
        return
    names = [*place]
    free = [at + 1 for at, name in enumerate(names) if _ends_its_line(place, name)]
    place.insert(free[-1] if free else 0, key, value)


def _ends_its_line(place: CommentedMap, name: str) -> bool:
    """Whether nothing stands between this key's line and the next key's."""
    after = (place.ca.items.get(name) or [None] * 3)[2]
    return not isinstance(place[name], CommentedMap | CommentedSeq) and (
        after is None or after.value.rstrip(" ").count("\n") <= 1
    )


def _read(text: str) -> tuple[YAML, CommentedMap]:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # no line is folded
    yaml.indent(*_indents(text))
    yaml.allow_duplicate_keys = True  # told by those who check it
    try:
        tree = yaml.load(text)
    except YAMLError as error:
        raise CommandFailed(
            f"The configuration is not YAML: {' '.join(str(error).split())}", CONFIG
        ) from None
    if tree is None:
        tree = CommentedMap()
    if not isinstance(tree, CommentedMap):
        raise CommandFailed("The configuration holds no keys and values.", CONFIG)
    return yaml, tree


def _indents(text: str) -> tuple[int, int, int]:
    """Of keys, of what is in lists, and of their dashes: as in the text, where that shows them."""
    keys = re.search(r"^\w[^\n#]*:[^\n]*\n(?: *(?:#[^\n]*)?\n)*( +)\w", text, re.MULTILINE)
    dashes = re.search(r"^( *)[\w.]+:[ \t]*(?:#[^\n]*)?\n(?: *(?:#[^\n]*)?\n)*( *)- ", text, re.MULTILINE)
    offset = max(len(dashes[2]) - len(dashes[1]), 0) if dashes else 2
    return len(keys[1]) if keys else 2, offset + 2, offset


def _written(yaml: YAML, tree: CommentedMap, before: str) -> str:
    if not tree:
        return before if not before.strip() else _comments_of(before)
    written = io.StringIO()
    yaml.dump(tree, written)
    text = written.getvalue()
    # A file of comments alone is no tree that could hold them.
    return f"{before.rstrip()}\n\n{text}" if _only_comments(before) else text


def _only_comments(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines()]
    return any(lines) and all(not line or line.startswith("#") for line in lines)


def _comments_of(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if line.lstrip().startswith("#"))
