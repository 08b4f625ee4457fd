"""Texts of a fixed form, and how that form is told to whoever sends another."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from clinvoker.forms import Forms

Day = Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\d\Z")]
DayOrNone = Annotated[str, Meta(pattern=r"\A(\d{4}-\d\d-\d\d)?\Z")]
Groups = Annotated[str, Meta(pattern=r"\A((key|day|backend|model)(,(key|day|backend|model))*)?\Z")]
StepName = Annotated[str, Meta(max_length=64, pattern="^[A-Za-z0-9_-]*$")]
Identity = Annotated[str, Meta(pattern="^(?:[0-9a-f]{16}){1,2}$")]

FORMS = Forms(
    {
        Day: "a day such as 2026-11-26",
        DayOrNone: "a day such as 2026-11-26",
        Groups: "some of key, day, backend and model, with commas",
        StepName: "letters, digits, _ and -",
        Identity: "16 or 32 of 0-9 and a-f",
    }
)
