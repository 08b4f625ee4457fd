"""How programs are held to what the configuration says of them, by the operating system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clinvoker.model import Launch
from clinvoker.runs.box import Box
from clinvoker.runs.furnishing import hand_over


class Free:
    """
    Programs run as all that the daemon's user starts.  `environ` is the environment they come from; `first`
    are words of a program that takes back what only the daemon is to have, and becomes what follows.
    """

    def __init__(self, environ: Mapping[str, str], first: Sequence[str] = ()) -> None:
        self.environ = environ
        self._first = first

    def around(self, program: str, launch: Launch) -> Sequence[str]:
        """The words that go before a program's absolute path."""
        return self._first

    def give(self, directory: str) -> None:
        """Give a private directory to whoever its program runs as.  Raises `OSError`."""


class Confined(Free):
    """
    Programs are started by others, that hold them and become them: `before` and `within` are words of these,
    outside of the box and in it.  `owner` has the numbers of user and group, where these are others.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        before: Sequence[str] = (),
        box: Box | None = None,
        within: Sequence[str] = (),
        owner: tuple[int, int] | None = None,
        first: Sequence[str] = (),
    ) -> None:
        super().__init__(environ, first)
        self._before = before
        self._box = box
        self._within = within
        self._owner = owner

    def around(self, program: str, launch: Launch) -> Sequence[str]:
        boxed = self._box.words(program, launch) if self._box else ()
        return (*self._first, *self._before, *boxed, *self._within)

    def give(self, directory: str) -> None:
        if self._owner:
            hand_over(directory, *self._owner)
