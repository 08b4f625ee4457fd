"""Commands that ask no daemon."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from clinvoker.client.exits import CommandFailed


def alone(command: Callable[..., int | None], *arguments: Any) -> None:
    """Carry it out and end the process with what it gives; its failures are sentences on stderr."""
    try:
        code = command(*arguments)
        sys.stdout.flush()
    except CommandFailed as error:
        for line in error.message.splitlines():
            print(f"clinvk: {line}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:  # nobody reads on
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = None
    raise SystemExit(code or 0)
