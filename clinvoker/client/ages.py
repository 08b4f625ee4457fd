"""How old a thing may be, as people write it."""

from __future__ import annotations

import re

from clinvoker.client.exits import GENERAL, CommandFailed

UNITS = {"": 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1, "w": 604_800}


def seconds_in(text: str) -> float:
    """Seconds of such as 30d, 12h, 45m, 90s, 2w, or a number of days.  Raises `CommandFailed`."""
    found = re.fullmatch(r"(\d{1,7}(?:\.\d+)?)\s*([smhdw]?)", text.strip().lower())
    if not found:
        raise CommandFailed(f"--older-than: {text!r} is no age such as 30d, 12h, 45m or 7.", GENERAL)
    return float(found[1]) * UNITS[found[2]]
