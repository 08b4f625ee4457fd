"""How much dictionaries hold."""

from __future__ import annotations

from clinvoker.storage.tables import Kind

Key = tuple[str, str]  # principal and id


class Sizes:
    """Bytes of things in parts: of a session its turns by number, of a conversation its items by id."""

    def __init__(self) -> None:
        self.total = 0
        self._parts: dict[tuple[Kind, Key], dict[object, int]] = {}

    def put(self, kind: Kind, key: Key, size: int, part: object = None) -> None:
        """A part, or what is of the whole thing, is there, perhaps in place of an earlier one."""
        parts = self._parts.setdefault((kind, key), {})
        self.total += size - parts.get(part, 0)
        parts[part] = size

    def drop_part(self, kind: Kind, key: Key, part: object) -> None:
        """A part is gone."""
        self.total -= self._parts.get((kind, key), {}).pop(part, 0)

    def drop(self, kind: Kind, key: Key) -> None:
        """All of it is gone."""
        self.total -= sum(self._parts.pop((kind, key), {}).values())

    def of(self, kind: Kind, key: Key) -> int:
        """Bytes of a thing."""
        return sum(self._parts.get((kind, key), {}).values())


class Sized:
    """Dictionaries that know it."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes = Sizes()
