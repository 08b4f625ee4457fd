"""What each key may take, and what that costs."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from clinvoker.config.section import Section
from clinvoker.keys import Allowance

Dollars = Annotated[float, Meta(ge=0)]


class PerKey(Allowance, Section, frozen=True, kw_only=True):
    """How much each key may where its line says nothing."""


class Price(Section, frozen=True, kw_only=True):
    """Of a model, in US dollars for a million tokens; cached ones are part of the input."""

    input: Dollars = 0.0
    cached: Dollars = 0.0
    output: Dollars = 0.0
