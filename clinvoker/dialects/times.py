"""
Moments as text.  Seconds since 1970 come in: nobody is asked what time it is.
"""

from __future__ import annotations

import re
from math import ceil

_DAY = 86_400
_ERA = 146_097  # days in 400 years, after which the calendar is the same


def rfc3339(seconds: float) -> str:
    """Such as 2026-11-26T04:29:52.123456Z, to the microsecond.  For the years 0 to 9999."""
    micros = round(seconds * 1_000_000)
    day, rest = divmod(micros, _DAY * 1_000_000)
    hour, rest = divmod(rest, 3_600_000_000)
    minute, rest = divmod(rest, 60_000_000)
    second, micro = divmod(rest, 1_000_000)
    return f"{_date(day)}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z"


def _date(day: int) -> str:
    """The date of a day, 0 being 1 January 1970, by the proleptic Gregorian calendar."""
    # Years begin in March here, so that the day that comes every four years is their last.
    era, of_era = divmod(day + 719_468, _ERA)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    place = (5 * of_year + 2) // 153  # months since March
    month = place + 3 if place < 10 else place - 9
    return f"{year + era * 400 + (month <= 2):04}-{month:02}-{of_year - (153 * place + 2) // 5 + 1:02}"


_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))"
)


def seconds_of(moment: str) -> float:
    """Seconds since 1970 of a moment as RFC 3339 writes it; raises `ValueError` for anything else."""
    found = _MOMENT.fullmatch(moment)
    if not found:
        raise ValueError(f"{moment[:40]!r} is no moment such as 2026-11-26T04:29:52Z")
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        raise ValueError(f"{moment[:40]!r} is no moment that there was")
    east = int(found[9] or 0) * 3_600 + int(found[10] or 0) * 60
    at = _day(year, month, day) * _DAY + hour * 3_600 + minute * 60 + second + float(found[7] or 0)
    return at + east if found[8] == "-" else at - east


def _day(year: int, month: int, day: int) -> int:
    """The day of a date, 0 being 1 January 1970; the other way of `_date`."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * _ERA + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def ahead(seconds: float) -> str:
    """How long something takes yet, rounded up: 500ms, 2s, 1m1s."""
    millis = ceil(seconds * 1000)
    return f"{millis}ms" if 0 < millis < 1000 else spoken(ceil(seconds))


def spoken(seconds: float) -> str:
    """How long something lasts: 1h2m3s, 2m3s, 3s."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minute}m{second}s"
    return f"{minute}m{second}s" if minute else f"{second}s"
