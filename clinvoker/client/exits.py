"""What the command's process ends with, and what makes a command fail."""

from __future__ import annotations

from collections.abc import Mapping

OK = 0
GENERAL = 1
BACKEND = 2
CONFIG = 3
SESSION = 4
API = 5
TIMEOUT = 6
CANCELLED = 7

# By the word that the daemon has for an error; see `docs/errors.md`.
BY_CODE: Mapping[str, int] = {
    **dict.fromkeys(("invalid_request", "unsupported_parameter", "model_not_found"), GENERAL),
    **dict.fromkeys(("content_filter", "context_length_exceeded", "provider_refused"), GENERAL),
    **dict.fromkeys(("backend_not_installed", "backend_unusable", "backend_failing"), BACKEND),
    **dict.fromkeys(("backend_not_logged_in", "backend_died", "backend_garbled"), BACKEND),
    **dict.fromkeys(("session_not_found", "session_ambiguous", "session_busy"), SESSION),
    "session_not_kept": SESSION,
    "config_invalid": CONFIG,
    "timeout": TIMEOUT,
}


class CommandFailed(Exception):
    """The command cannot go on.  Its text is a sentence or more, one in each line, for stderr."""

    def __init__(self, message: str, exit_code: int = GENERAL) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


def of_code(code: str) -> int:
    """The exit code for an error of the daemon's; what is not in the table is the API's."""
    return BY_CODE.get(code, API)
