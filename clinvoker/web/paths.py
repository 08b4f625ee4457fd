"""Paths as those who measure call them: as many names as there are routes, whatever clients ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

_HOLE = re.compile(r"<[^>]*>")

# For every path that is no route's.
OTHER = "other"


class Paths:
    """Knows of each path which route's it is.  `routes` have `<name>` for what varies."""

    def __init__(self, routes: Sequence[str]) -> None:
        self._routes = routes

    def of(self, path: str) -> str:
        """The route's, with `:id` for what varies."""
        path = path.rstrip("/") or "/"
        if path in self._exact:
            return path
        return next((label for pattern, label in self._patterns if pattern.fullmatch(path)), OTHER)

    @cached_property
    def _exact(self) -> set[str]:
        return {path for path in self._routes if "<" not in path}

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Made when they are asked for: not every daemon measures."""
        return [
            (re.compile("[^/]+".join(map(re.escape, _HOLE.split(path)))), _HOLE.sub(":id", path))
            for path in sorted({*self._routes} - self._exact, key=lambda path: -path.count("/"))
        ]
