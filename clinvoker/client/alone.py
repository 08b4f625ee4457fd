"""Commands that ask no daemon."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from clinvoker.client.exits import CommandFailed

T = TypeVar("T")


def alone(command: Callable[..., int | None], *arguments: Any) -> None:
    """Carry it out and end the process with what it gives; its failures are sentences on stderr."""
    try:
        code = command(*arguments)
        sys.stdout.flush()
    except CommandFailed as error:
        code = _told(error)
    except BrokenPipeError:  # nobody reads on
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = None
    raise SystemExit(code or 0)


def checked(read: Callable[..., T], *arguments: Any) -> T:
    """What it gives; its failure ends the process."""
    try:
        return read(*arguments)
    except CommandFailed as error:
        raise SystemExit(_told(error)) from None


def _told(error: CommandFailed) -> int:
    for line in error.message.splitlines():
        print(f"clinvk: {line}", file=sys.stderr)
    return error.exit_code
