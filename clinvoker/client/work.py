"""What a command has to work with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TextIO

import click
import msgspec

from clinvoker.client.connection import Connection
from clinvoker.client.flags import Given
from clinvoker.config import Config


class Clock(Protocol):
    """Knows the time; where there is a reactor, it is that."""

    def seconds(self) -> float:
        """Since 1970."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
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
    clock: Any  # a `Clock`
    width: Callable[[], int] = lambda: 80

    def say(self, text: str) -> None:
        """A line of what was asked for."""
        print(text, file=self.out, flush=True)

    def tell(self, text: str) -> None:
        """A line about it, which -q silences."""
        if not self.given.quiet:
            print(text, file=self.err, flush=True)

    def note(self, text: str) -> None:
        """A line for who reads text, where that comes; on stderr where stdout is for programs."""
        print(text, file=self.out if self.format == "text" else self.err, flush=True)

    @property
    def format(self) -> str:
        """How to answer: as the flags say, else the configuration, else as suits who reads."""
        formats = (self.given.output, self.config.output.format, "text" if self.terminal else "json")
        return next(each for each in formats if each and each != "default")

    def more(self, text: str) -> None:
        """A line that only -v wants."""
        if self.given.verbose or self.config.unified_flags.verbose:
            self.tell(text)

    def styled(self, text: str, **style: str | bool) -> str:
        """The text in a colour or so, where there are colours."""
        return click.style(text, **style) if self.coloured else text  # type: ignore[arg-type]
