"""
Whether a program is still the file that it was: it may be upgraded while its processes live.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from clinvoker.interfaces import IBackend, ISpawner

LOOK_SECS = 2.0  # between two looks at one program


class Editions:
    """Looks at most each `LOOK_SECS` at a program; one that is away for a moment is not another."""

    def __init__(self, spawner: ISpawner, clock: IReactorTime) -> None:
        self._spawner = spawner
        self._clock = clock
        self._seen: dict[str, object] = {}  # by backend
        self._due: dict[str, float] = {}

    def changed(self, backend: IBackend) -> bool:
        """Whether it is another than when it was last asked."""
        now, name = self._clock.seconds(), backend.name
        if now < self._due.get(name, 0.0):
            return False
        self._due[name] = now + LOOK_SECS
        edition = self._spawner.edition(backend)
        if edition is None:
            return False
        before = self._seen.setdefault(name, edition)
        self._seen[name] = edition
        return before != edition
