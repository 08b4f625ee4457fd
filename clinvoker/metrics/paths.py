"""Paths as labels: as many as there are routes, whatever clients ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HOLE = re.compile(r"<[^>]*>")

# For every path that is no route's.
OTHER = "other"


class Paths:
    """Knows of each path which route's it is."""

    def __init__(self, routes: Sequence[str]) -> None:
        self._exact = {path: path for path in routes if "<" not in path}
        self._patterns = [
            (re.compile("[^/]+".join(map(re.escape, _HOLE.split(path)))), _HOLE.sub(":id", path))
            for path in sorted({*routes} - self._exact.keys(), key=lambda path: -path.count("/"))
        ]

    def of(self, path: str) -> str:
        """The route's, with `:id` for what varies."""
        path = path.rstrip("/") or "/"
        if path in self._exact:
            return path
        return next((label for pattern, label in self._patterns if pattern.fullmatch(path)), OTHER)
