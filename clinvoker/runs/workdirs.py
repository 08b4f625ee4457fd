"""
Which directories a client may have a program work in.

What the process gets is the real path that was judged here: a link that is changed afterwards
leads it nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from clinvoker.errors import BadRequest, Forbidden

PARAM = "clinvoker.workdir"


class Workdirs:
    """
    The rules.  `real` gives the path without links of one that need not exist (`os.path.realpath`), and
    raises `OSError` or `ValueError` for what can be none; `is_directory` is asked about such a path.

    `allowed` and `blocked` are absolute paths; what lies below counts too, and blocked ones win.
    """

    def __init__(
        self,
        allowed: Sequence[str],
        blocked: Sequence[str],
        real: Callable[[str], str] = os.path.realpath,
        is_directory: Callable[[str], bool] = os.path.isdir,
    ) -> None:
        self._real = real
        self._is_directory = is_directory
        self._allowed = [real(path) for path in allowed]
        self._blocked = [each for path in blocked for each in (os.path.normpath(path), real(path))]

    def permitted(self, asked: str) -> str:
        """
        The real path of a directory that a client named.

        Raises `Forbidden` where no directory is allowed at all; else `BadRequest`.  Of what lies outside
        it is not told whether it exists.
        """
        if not self._allowed:
            raise Forbidden("Agent mode needs agent.allowed_workdir_prefixes, which is not configured.")
        path = self._resolved(asked)
        if not self.allows(path):
            raise _refused("lies outside the directories that are allowed (agent.allowed_workdir_prefixes)")
        if any(_within(path, prefix) for prefix in self._blocked):
            raise _refused("lies in a directory that is blocked (agent.blocked_workdir_prefixes)")
        if not self._is_directory(path):
            raise _refused("is not a directory that exists")
        return path

    def allows(self, path: str) -> bool:
        """Whether a real path is one of those that are allowed, or lies below."""
        return any(_within(path, prefix) for prefix in self._allowed)

    def _resolved(self, asked: str) -> str:
        if not asked:
            raise BadRequest("Agent mode needs 'workdir', the directory to work in.", PARAM)
        if not asked.isprintable():
            raise _refused("holds characters that are not printable")
        if not asked.startswith("/"):
            raise _refused("is not absolute")
        if ".." in asked.split("/"):
            raise _refused("holds '..'; say where it leads")
        try:
            return self._real(asked)
        except (OSError, ValueError):
            raise _refused("is not a path") from None


def _within(path: str, prefix: str) -> bool:
    """Whether a path is the prefix or lies below it; /srv/work is not below /srv/w."""
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")


def _refused(why: str) -> BadRequest:
    return BadRequest(f"The directory in 'workdir' {why}.", PARAM)
