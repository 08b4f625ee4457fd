"""Numbers that keys hold."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Count = Annotated[int, Meta(ge=1)]
CountOrNone = Annotated[int, Meta(ge=0)]
# What the operating system waits for at a time is less than 25 days.
Seconds = Annotated[float, Meta(gt=0, le=1_000_000)]
SecondsOrNone = Annotated[float, Meta(ge=0, le=1_000_000)]
