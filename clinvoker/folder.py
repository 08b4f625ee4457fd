"""
The private directory of an agent, as its talk has it changed.
"""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree


class Folder:
    """Files below `directory`, by paths relative to it."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)

    def write(self, name: str, text: str) -> None:
        """Put a file there, in place of what has that name."""
        path = self._directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")

    def remove(self, name: str) -> None:
        """Remove a file or a whole folder, if it is there."""
        path = self._directory / name
        if path.is_dir() and not path.is_symlink():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
