"""A person at a terminal: commands in a pseudo-terminal, what they show, what is typed at them."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType


class Terminal:
    """One command in a terminal of its own, from `with` to its end."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.shown = ""
        self._command = command
        self._environment = {**environment, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
        self._folder = folder

    def __enter__(self) -> Terminal:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def type(self, keys: str) -> None:
        """Press these."""
        os.write(self._ours, keys.encode())

    def interrupt(self) -> None:
        """Ctrl-C, as the terminal's driver does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def until(self, text: str, seconds: float = 20.0) -> str:
        """All that was shown, once this is part of it."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"{text!r} was not shown, but:\n{self.shown}")
        return self.shown

    def exit_code(self, seconds: float = 20.0) -> int:
        """Of the command, all it showed having been read."""
        end = time.monotonic() + seconds
        while self._read(end - time.monotonic()):
            pass
        return self.process.wait(timeout=max(end - time.monotonic(), 1))

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(seconds, 0))
        try:
            data = os.read(self._ours, 65536) if ready else b""
        except OSError:  # nobody has the other side any more
            data = b""
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
