"""
The private directory of an agent, as its talk has it changed.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree


class Folder:
    """Files below `directory`, by paths relative to it; written as whoever owns it."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)

    def write(self, name: str, text: str) -> None:
        """Put a file there, in place of what has that name."""
        path = self._directory / name
        with _as_owner(self._directory):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="surrogatepass")

    def remove(self, name: str) -> None:
        """Remove a file or a whole folder, if it is there."""
        path = self._directory / name
        with _as_owner(self._directory):
            if path.is_dir() and not path.is_symlink():
                rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _as_owner(directory: Path) -> Iterator[None]:
    """
    Touch files as the user to whom a program's directory belongs, where that is not the daemon's: what lies
    in it may be links that this user made, to files that are the daemon's alone.
    """
    uid = directory.stat().st_uid
    if uid == os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None)
    libc.setfsuid(uid)  # of this thread alone, and only for files
    try:
        yield
    finally:
        libc.setfsuid(os.geteuid())
