"""
What is remembered of each backend while its processes come and go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from clinvoker.model import BackendHealth, BackendState, Census, Identity
from clinvoker.runs.circuit import Circuit
from clinvoker.runs.living import Live, doing


@attrs.define
class Record:
    """One backend's."""

    circuit: Circuit
    identity: Identity = attrs.field(factory=Identity)
    note: str = ""  # what the log was told that its programs lack
    last_error: str = ""
    state: BackendState = "untried"
    started: int = 0
    crashed: int = 0
    retired: int = 0
    reused: int = 0

    def health(self, name: str, path: str, lives: Sequence[Live], now: float) -> BackendHealth:
        """How the backend is; `path` is empty where its program is not there."""
        return BackendHealth(
            name=name,
            state=self.state if path else "missing",
            path=path,
            version=self.identity.version,
            login=self.identity.login,
            note=self.note,
            last_error=self.last_error,
            processes=len(lives),
            runs=sum(live.agent.runs for live in lives),
            agents=self._census(lives, now),
        )

    def _census(self, lives: Sequence[Live], now: float) -> Census:
        return Census(
            circuit=self.circuit.state(now),
            started=self.started,
            crashed=self.crashed,
            retired=self.retired,
            reused=self.reused,
            memory=sum(live.resident for live in lives),
            **Counter(map(doing, lives)),
        )
