"""
The processes there are: what each was started for, whose it is, which could serve.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from clinvoker.interfaces import IAgent
from clinvoker.model import Launch
from clinvoker.settings import Limits, Pool


@attrs.define(eq=False)
class Live:
    """
    An agent and what is known of it.

    It is blank until it is used.  Then it is its `owner`'s for good: a program may remember what it was told.
    """

    agent: IAgent
    backend: str
    key: str
    ahead: bool  # started before anybody needed it
    ready: bool = False
    leaving: bool = False  # it was told to end
    worn: bool = False  # to end when it is idle, and to begin nothing more
    owner: str | None = None  # the only principal it may serve; None: any
    begun: int = 0  # runs
    promised: int = 0  # of these, what it is about to begin
    since: float | None = None  # it is idle, from this moment on
    resident: int = 0  # bytes in memory when it was last looked at
    looked: float | None = None  # when that was

    @property
    def idle(self) -> bool:
        """Whether ending it would disturb nobody."""
        busy = self.promised or self.agent.runs or self.agent.held
        return self.ready and not self.leaving and not busy

    @property
    def places(self) -> int:
        """How many runs it could take, now or once it is ready."""
        return 0 if self.leaving or self.worn else self.agent.places - self.promised

    def fits(self, launch: Launch, principal: str) -> bool:
        """Whether it is of the right kind and may serve this principal."""
        return self.can_be(launch) and (self.owner is None or self.owner == principal)

    def can_be(self, launch: Launch) -> bool:
        """Whether it is of this kind, or of one that will do as long as it is unused."""
        return self.key == launch.key or (self.key == launch.unused and not self.begun)


class Living:
    """All of them: of one backend and together no more than is allowed."""

    def __init__(self, limits: Limits, pool: Pool) -> None:
        self._limits = limits
        self._pool = pool
        self._lives: list[Live] = []

    def __iter__(self) -> Iterator[Live]:
        return iter([*self._lives])

    def add(self, live: Live) -> None:
        """There is one more."""
        self._lives.append(live)

    def remove(self, live: Live) -> None:
        """It has ended."""
        self._lives.remove(live)

    def of(self, backend: str) -> list[Live]:
        """Those of a backend."""
        return [live for live in self._lives if live.backend == backend]

    def full(self, backend: str) -> bool:
        """Whether no further one may be started of this backend."""
        return self.crowded or len(self.of(backend)) >= self._limits.processes

    @property
    def crowded(self) -> bool:
        """Whether no further one may be started of any backend."""
        return len(self._lives) >= self._pool.max_processes

    def starting(self) -> list[Live]:
        """Those that are not ready yet."""
        return [live for live in self._lives if not live.ready and not live.leaving]

    def serving(self, launch: Launch, principal: str) -> Live | None:
        """
        One that can begin a run now: rather one of his own than a blank one, rather a busy one with a place
        left than an idle one, rather one that was idle for a moment than one that was for long.
        """
        fit = [
            live for live in self._lives if live.ready and live.fits(launch, principal) and live.places > 0
        ]
        return max(fit, key=_preference, default=None)

    def might_serve(self, launch: Launch, principal: str) -> bool:
        """Whether one that works may have a place later."""
        fit = [live for live in self._lives if live.ready and live.fits(launch, principal)]
        return any(not live.worn and not live.agent.used_up for live in fit)

    def idle(self) -> list[Live]:
        """Those that nobody would miss, first those that were used, of these first who is idle longest."""
        idle = [live for live in self._lives if live.idle]
        return sorted(idle, key=lambda live: (not live.begun, live.since or 0.0))

    def memory(self) -> int:
        """Bytes that all of them take, as far as they were looked at."""
        return sum(live.resident for live in self._lives)


def _preference(live: Live) -> tuple[bool, int, float]:
    return live.begun > 0, live.agent.runs, live.since or 0.0


def doing(live: Live) -> str:
    """The word of `Census` for what it does."""
    if live.leaving:
        return "ending"
    if not live.ready:
        return "starting"
    if live.agent.runs:
        return "busy"
    if live.agent.held:
        return "holding"
    return "idle" if live.begun else "blank"
