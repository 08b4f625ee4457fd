"""
What there is to tell of a run once it is over.
"""

from __future__ import annotations

import msgspec

from clinvoker.model.events import Usage

# In place of an error's code.
WHOLE = "done"
LEFT = "left"


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    Times are in seconds from the run's begin; 0 where it did not come so far.  `outcome` is `WHOLE`, `LEFT`
    if it was cancelled, or the code of the error it failed with.  Only of whole answers it is told what they
    used.
    """

    request_id: str
    principal: str
    backend: str  # empty: nobody answers to the model's name
    model: str
    outcome: str
    usage: Usage | None = None
    admitted: float = 0.0  # it got its place
    first: float = 0.0  # its first words
    total: float = 0.0
    attempts: int = 0  # of the program
