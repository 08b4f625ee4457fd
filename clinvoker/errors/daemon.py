"""
Waiting helps: this daemon has no room, or no way to keep things, for now.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from clinvoker.errors.root import ClinvokerError

DOCTOR = "Try `clinvk doctor`."


class Busy(ClinvokerError):
    """All places are taken; come back after `retry_after` seconds."""

    code = "overloaded"
    transient = True

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ShareFull(Busy):
    """This key has its share already: of a queue that is full, or of the places in the background."""

    code = "too_many_waiting"


class Draining(Busy):
    """The daemon is shutting down."""

    code = "shutting_down"

    def __init__(self) -> None:
        super().__init__("The daemon is shutting down; try again when it is back.", 5.0)


class StoreFailed(ClinvokerError):
    """What is kept cannot be read or written; the sentence has the words of the operating system."""

    code = "store_failed"
    transient = True


class BackendFailing(Busy):
    """The program ended again and again before it was ready, and is left alone for a while."""

    code = "backend_failing"

    def __init__(self, backend: str, said: str, retry_after: float = 1.0) -> None:
        advice = "" if DOCTOR in said else f" {DOCTOR}"
        super().__init__(
            f"{backend} failed to start several times and is tried again in {ceil(retry_after)} seconds. "
            f"The last time: {said}{advice}",
            retry_after,
        )


class ConfigInvalid(ClinvokerError):
    """The configuration cannot be used, and what held before holds on; `complaints` are sentences."""

    code = "config_invalid"

    def __init__(self, complaints: Sequence[str]) -> None:
        super().__init__("The configuration stays as it was: " + "; ".join(complaints))
        self.complaints = tuple(complaints)
