"""A clock of the wall that a test sets, for one program and not for the machine."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("shift.c")
WHY_NONE = None if shutil.which("gcc") else "there is no gcc, which a clock that can be set is made with"

HOUR = 3600
DAY = 24 * HOUR


class Clock:
    """Set by whole seconds for programs that are started with `environment`.  `folder` must stay."""

    def __init__(self, folder: Path) -> None:
        library, self._shift = folder / "shift.so", folder / "shift"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)], check=True)
        self._shift.write_bytes(struct.pack("q", 0))
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(self._shift)}

    def set(self, seconds: int) -> None:
        """It shows so many seconds more than the right one; all programs see it at once."""
        with self._shift.open("r+b", buffering=0) as file:
            file.write(struct.pack("q", seconds))
