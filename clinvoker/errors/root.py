"""
What all errors have in common.
"""

from __future__ import annotations

from typing import ClassVar


class ClinvokerError(Exception):
    """The root.  Its text is a sentence for the client: what was wrong and what to do."""

    code: ClassVar[str] = "internal_error"
    # Whether asking again, unchanged and a little later, can succeed.
    transient: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
