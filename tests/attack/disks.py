"""
Small disks: they fill up and are freed, and cannot be written to for a while.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType

BLOCKS = (b"x" * 1024 * 1024, b"x" * 4096)


class SmallDisk:
    """A file system in memory, mounted at `path` from `with` to its end."""

    def __init__(self, kilobytes: int = 4096) -> None:
        self._kilobytes = kilobytes

    def __enter__(self) -> SmallDisk:
        """Mount it."""
        self._place = Path(tempfile.mkdtemp(prefix="clinvoker-disk-"))
        self.path = self._place / "disk"
        self.path.mkdir()
        try:
            self.mount()
        except BaseException:
            shutil.rmtree(self._place)
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Take it away, whoever may still have files there."""
        self.unmount()
        shutil.rmtree(self._place)

    def mount(self) -> None:
        """Put it in its place."""
        run("mount", "-t", "tmpfs", "-o", f"size={self._kilobytes}k,mode=700", "none", str(self.path))

    def unmount(self) -> None:
        """Take it from there."""
        run("umount", "-l", str(self.path))

    @property
    def free(self) -> int:
        """Bytes."""
        state = os.statvfs(self.path)
        return state.f_bavail * state.f_frsize

    def fill(self) -> None:
        """Leave no room."""
        with self._ballast.open("ab", buffering=0) as file:
            for block in BLOCKS:
                with suppress(OSError):
                    while True:
                        file.write(block)

    def clear(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"


class OldDisk(SmallDisk):
    """The same in a file, with errors to come."""

    def mount(self) -> None:
        """Put it in its place, made anew the first time."""
        image = self._place / "image"
        if not image.exists():
            with image.open("wb") as file:
                file.truncate(self._kilobytes * 1024)
            run("mkfs.ext4", "-q", str(image))
        run("mount", "-o", "loop", str(image), str(self.path))

    def break_down(self) -> None:
        """Have all written, then nothing any more until it is mounted again: as if the device had failed."""
        run("sync", "-f", str(self.path))
        run("mount", "-o", "remount,abort", str(self.path))

    def seal(self, *names: str) -> None:
        """Files that nobody can write to any more, whoever has them open."""
        run("chattr", "+i", *(str(self.path / name) for name in names))

    def unseal(self, *names: str) -> None:
        """Let everybody again."""
        run("chattr", "-i", *(str(self.path / name) for name in names))


def run(*words: str) -> None:
    """A command that must succeed."""
    subprocess.run(words, check=True, capture_output=True)


@cache
def why_none(kind: type[SmallDisk] = SmallDisk) -> str | None:
    """Why there are no such disks here; None where there are."""
    with suppress(OSError, subprocess.CalledProcessError), kind():
        return None
    return "only root can mount a small disk, and not in every container"
