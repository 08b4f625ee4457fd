"""Commands that print something and end: never for ever, nor more than so much."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from time import monotonic

# Of what a command prints.
MOST_BYTES = 1 << 20
# Where the system has its programs, whatever PATH says.
_USUAL = "/usr/local/bin:/usr/bin:/bin"


class TooMuch(Exception):
    """A command printed more than `MOST_BYTES`."""


def located(name: str, environ: Mapping[str, str]) -> str:
    """The path of a program of the system's; empty where there is none."""
    return shutil.which(name, path=f"{environ.get('PATH', '')}:{_USUAL}") or ""


def output_of(
    arguments: Sequence[str], environ: Mapping[str, str], secs: float, folder: str | None = None
) -> tuple[int, bytes, bytes]:
    """
    Exit status and what was printed to stdout and stderr, by a command that was started in `folder`, or
    where this process is.  Blocks.

    Raises `OSError` where it cannot be started, `TimeoutError` where it does not end within `secs`, and
    `TooMuch`; all that it started has ended then too.
    """
    deadline = monotonic() + secs
    with subprocess.Popen(
        arguments,
        env=dict(environ),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            said, complained = _printed(process, deadline)
            return process.wait(max(0, deadline - monotonic())), said, complained
        except (subprocess.TimeoutExpired, TimeoutError):
            raise TimeoutError(f"it did not end within {secs:g} seconds") from None
        finally:
            if process.returncode is None:  # so that the group is its own still
                os.killpg(process.pid, signal.SIGKILL)


def _printed(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
    """What it prints until it closes both."""
    pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
    got = {pipe.fileno(): bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0, deadline - monotonic()))
            if not ready or monotonic() >= deadline:
                raise TimeoutError
            for key, _ in ready:
                piece = os.read(key.fd, 65536)
                got[key.fd] += piece
                if not piece:
                    selector.unregister(key.fileobj)
                elif len(got[key.fd]) > MOST_BYTES:
                    raise TooMuch(f"it printed more than {MOST_BYTES} bytes")
    said, complained = got.values()
    return bytes(said), bytes(complained)
