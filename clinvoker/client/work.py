"""What a command has to work with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

import attrs
import click
from twisted.internet.interfaces import IReactorTime

from clinvoker.client.connection import Connection
from clinvoker.client.flags import Given
from clinvoker.config import Config


@attrs.frozen(kw_only=True)
class Work:
    """
    The flags, the configuration, the daemon, and where to write.  `directory` is where the command was
    typed, `terminal` says whether a person reads `out`.
    """

    given: Given
    config: Config
    api: Connection
    out: TextIO
    err: TextIO
    directory: str
    terminal: bool
    coloured: bool
    clock: IReactorTime
    width: Callable[[], int] = lambda: 80

    def say(self, text: str) -> None:
        """A line of what was asked for."""
        print(text, file=self.out, flush=True)

    def tell(self, text: str) -> None:
        """A line about it, which -q silences."""
        if not self.given.quiet:
            print(text, file=self.err, flush=True)

    def more(self, text: str) -> None:
        """A line that only -v wants."""
        if self.given.verbose or self.config.unified_flags.verbose:
            self.tell(text)

    def styled(self, text: str, **style: str | bool) -> str:
        """The text in a colour or so, where there are colours."""
        return click.style(text, **style) if self.coloured else text  # type: ignore[arg-type]
