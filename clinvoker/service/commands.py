"""Commands that print something and end: never for ever, nor more than so much."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from collections.abc import Mapping, Sequence
from time import monotonic

# Of what a command prints.
MOST_BYTES = 1 << 20


class TooMuch(Exception):
    """A command printed more than `MOST_BYTES`."""


def output_of(arguments: Sequence[str], environ: Mapping[str, str], secs: float) -> tuple[int, bytes, bytes]:
    """
    Exit status and what was printed to stdout and stderr.  Blocks.

    Raises `OSError` where it cannot be started, `TimeoutError` where it does not end within `secs`, and
    `TooMuch`; all that it started has ended then too.
    """
    deadline = monotonic() + secs
    with subprocess.Popen(
        arguments,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            said, complained = _printed(process, deadline)
            return process.wait(max(0, deadline - monotonic())), said, complained
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
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
                    raise TooMuch
    said, complained = got.values()
    return bytes(said), bytes(complained)
