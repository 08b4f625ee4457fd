"""
Programs that cost nothing, in C, compiled when they are needed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real.children import first_line

SOURCES = Path(__file__).with_name("c")
NO_COMPILER = "There is no cc: the demonstration program stands in for the one in C, and there is no floor."


@contextmanager
def compiled() -> Iterator[dict[str, str]]:
    """
    The paths of all programs of `c/`, by name, until the end of `with`.  Empty, and said to stderr,
    where there is no C compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        print(NO_COMPILER, file=sys.stderr)
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="clinvoker-bench-") as folder:
        paths = {source.stem: str(Path(folder, source.stem)) for source in SOURCES.glob("*.c")}
        for name, path in paths.items():
            subprocess.run([compiler, "-O2", "-o", path, str(SOURCES / f"{name}.c")], check=True)
        yield paths


class Splice:
    """The floor, from `with` to its end: `program`'s bytes, moved to the client by the kernel."""

    def __init__(self, splice: str, program: str) -> None:
        self._arguments = [splice, program]

    def __enter__(self) -> Splice:
        """Start it; it listens on `port`."""
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.PIPE)
        self.pid = self._process.pid
        self.port = int(first_line(self._process))
        return self

    def __exit__(self, *_: object) -> None:
        """End it; what it started ends by itself, having nobody to write to."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
