"""
The addresses at which the client's functions are served to sessions.  Sans-IO.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clinvoker.backends.gemini.tools import Toolbox
from clinvoker.model import Tool
from clinvoker.talk import Record


class Addresses:
    """`root` gives the root of the URLs at which `asked` is asked, `new_token` words nobody can guess."""

    def __init__(self, root: Callable[[], str], new_token: Callable[[], str]) -> None:
        self._root = root
        self._new_token = new_token
        self._toolboxes: dict[str, Toolbox] = {}  # by path

    def serve(self, offered: Sequence[Tool]) -> tuple[Toolbox, str]:
        """Functions for a session, and the URL where they are; an empty one if there are none."""
        toolbox = Toolbox(offered, lambda: f"call_{self._new_token()}")
        if not offered:
            return toolbox, ""
        path = f"/{self._new_token()}"
        self._toolboxes[path] = toolbox
        return toolbox, self._root() + path

    def asked(self, path: str, record: Record) -> Record | None:
        """
        The answer to what the program asks at one of the addresses; None to what wants no answer.  Raises
        `KeyError` for every other path.
        """
        return self._toolboxes[path].answer(record)

    def close(self, url: str) -> None:
        """Serve nothing there any more."""
        self._toolboxes.pop(f"/{url.rpartition('/')[2]}", None)
