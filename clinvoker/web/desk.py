"""
What the routes are given besides runs.
"""

from __future__ import annotations

import attrs

from clinvoker.carrying import ISessions, ITasks
from clinvoker.stores import IStore


@attrs.frozen
class Desk:
    """Where orders are taken, and what is kept of them."""

    tasks: ITasks
    sessions: ISessions
    store: IStore
